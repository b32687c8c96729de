import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { LoginUnavailable, type Principal } from "../access/index.ts";
import { HubTokens } from "./hub-tokens.ts";

const ALICE: Principal = {
  kind: "user",
  name: "alice",
  accountId: 7,
  credential: { kind: "directory", id: "d1", label: "directory" },
};

function tokens(resume: () => Promise<Principal | undefined>) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keys = {
    current: { kid: "k1", privateKey },
    find: async (kid: string) => (kid === "k1" ? publicKey : undefined),
  };
  const clock = () => new Date("2026-11-28T12:00:00Z");
  return new HubTokens({ keys: keys as never, resume, clock, randomId: () => "1" });
}

test("a token stands for its holder as they stand now, and half a login is none", async () => {
  const hub = tokens(async () => ALICE);
  expect(await hub.verify(await hub.issue(ALICE))).toBe(ALICE);
  expect(await hub.verify(await hub.issueForCode(ALICE))).toBeUndefined();
  expect(await tokens(async () => ALICE).verify(await hub.issue(ALICE))).toBeUndefined();
  for (const text of ["", "a.b.c", `${await hub.issue(ALICE)}x`])
    expect(await hub.verify(text)).toBeUndefined();
});

test("a directory that does not answer is no reason to call a token wrong", async () => {
  const hub = tokens(() => Promise.reject(new LoginUnavailable("the directory does not answer")));
  await expect(hub.verify(await hub.issue(ALICE))).rejects.toThrow("does not answer");
});
