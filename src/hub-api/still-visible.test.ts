import { expect, test } from "vitest";
import { ANONYMOUS } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { Repository } from "../repositories/index.ts";
import { findStillVisible } from "./still-visible.ts";

const CALLER = { by: ANONYMOUS, origin: { address: "192.0.2.1", client: "" } };

function authorityThatThrows(problem: Error) {
  return {
    getRepository: async (_caller: unknown, name: string) => {
      if (name === "acme/gone") throw problem;
      return { name } as Repository;
    },
  };
}

test("a repository that is gone or hidden by now takes no others off the page", async () => {
  for (const problem of [PROBLEMS.NOT_FOUND, PROBLEMS.UNAUTHORIZED]) {
    const authority = authorityThatThrows(new ProblemError(problem));
    const found = await findStillVisible(authority, CALLER, ["acme/a", "acme/gone", "acme/b"]);
    expect(found.map(({ name }) => name)).toEqual(["acme/a", "acme/b"]);
  }
});

test("what else goes wrong is not kept quiet", async () => {
  const authority = authorityThatThrows(new Error("the disk is gone"));
  await expect(findStillVisible(authority, CALLER, ["acme/gone"])).rejects.toThrow("disk");
});
