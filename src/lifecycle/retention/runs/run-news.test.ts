import { expect, test } from "vitest";
import { ANONYMOUS, type Caller } from "../../../access/index.ts";
import { PROBLEMS } from "../../../contract/problems.ts";
import { ProblemError } from "../../../platform/http/api/index.ts";
import type { RetentionAccess } from "../retention-access.ts";
import { RunNews } from "./run-news.ts";

const ORIGIN = { address: "", client: "" };
const CALLERS = {
  root: { by: { kind: "user", name: "root", role: "administrator" }, origin: ORIGIN },
  ann: { by: { kind: "user", name: "ann" }, origin: ORIGIN },
  anybody: { by: ANONYMOUS, origin: ORIGIN },
} as const satisfies Record<string, Caller>;

function refuse(isRefused: boolean): void {
  if (isRefused) throw new ProblemError(PROBLEMS.NOT_FOUND);
}

/** The hub is root's, namespaces are for people, and repositories for everybody. */
const access: RetentionAccess = {
  assertSomebody: async () => undefined,
  assertHub: async ({ by }) => refuse(by.name !== "root"),
  async getNamespace({ by }) {
    refuse(by.kind !== "user");
    return { id: 1 };
  },
  getRepository: async () => ({ id: 1 }),
};
const NAMES = { hub: "hub", namespace: "acme", repository: "acme/api" } as const;

function openNews(nameOf: (kind: keyof typeof NAMES) => string = (kind) => NAMES[kind]) {
  return new RunNews({ access, nameOf: async ({ kind }) => nameOf(kind) });
}

const runIn = (kind: keyof typeof NAMES, id: number) => ({ scope: { kind, id, pattern: "" } });

test("runs are told once a look to those who may read what they are about, and to nobody else", async () => {
  const news = openNews();
  for (const kind of ["hub", "namespace", "repository", "hub"] as const) news.note(runIn(kind, 1));
  const told = await news.take();
  const heard = await Promise.all(
    told.map(async ({ event, mayHear }) => {
      const may = async ([name, caller]: [string, Caller]) => ((await mayHear(caller)) ? name : []);
      return [event.scope, (await Promise.all(Object.entries(CALLERS).map(may))).flat()];
    }),
  );
  expect(heard).toEqual([
    [{ kind: "hub" }, ["root"]],
    [{ kind: "namespace", name: "acme" }, ["root", "ann"]],
    [{ kind: "repository", name: "acme/api" }, ["root", "ann", "anybody"]],
  ]);
  expect(await news.take()).toEqual([]);
});

test("thousands of runs that begin together are five names and one word of more", async () => {
  const news = openNews();
  for (let id = 1; id <= 3000; id++) news.note(runIn("repository", id));
  const told = await news.take();
  expect(told).toHaveLength(6);
  expect(told.at(-1)?.event).toEqual({ topic: "retention.run" });
  expect(await told.at(-1)?.mayHear(CALLERS.anybody)).toBe(true);
  expect(await news.take()).toEqual([]);
});

test("neither what is gone nor what nobody listened to is told", async () => {
  const gone = openNews(() => "");
  gone.note(runIn("repository", 1));
  expect(await gone.take()).toEqual([]);
  const news = openNews();
  for (let id = 1; id <= 10; id++) news.note(runIn("namespace", id));
  news.forget();
  expect(await news.take()).toEqual([]);
});

test("what fails for another reason than rights is nobody's leave", async () => {
  const broken = { ...access, getNamespace: () => Promise.reject(new Error("the disk is gone")) };
  const news = new RunNews({ access: broken, nameOf: async () => "acme" });
  news.note(runIn("namespace", 1));
  const [told] = await news.take();
  await expect(told?.mayHear(CALLERS.root)).rejects.toThrow("the disk is gone");
});
