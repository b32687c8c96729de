import { once } from "node:events";
import type { Readable } from "node:stream";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import { pino } from "pino";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../test/harness/temp-directory.ts";
import type { Caller } from "../access/index.ts";
import { openSqliteDatabase } from "../platform/db/index.ts";
import { createOutbox, type OutboxTables, recordEvent } from "../platform/jobs/index.ts";
import type { RepositoryTables } from "../repositories/index.ts";
import type { CatalogAccess } from "./catalog-access.ts";
import { LiveEvents, type Told } from "./live-events.ts";

const callerOf = (name: string): Caller => ({
  by: { kind: "user", name },
  origin: { address: "", client: "" },
});

/** What a page has heard so far. */
function hear(stream: Readable | undefined): () => readonly unknown[] {
  let text = "";
  stream?.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  return () => [...text.matchAll(/^data: (.*)$/gm)].map(([, json = ""]) => JSON.parse(json));
}

/** ann may pull from and push to acme/api, and is told of submission 7; news and changes are the test's. */
async function openEvents() {
  await using resources = new AsyncDisposableStack();
  const home = resources.use(await makeTempDirectory("live-events"));
  const { writer, reader, close } = await openSqliteDatabase<OutboxTables & RepositoryTables>({
    path: `${home.path}/berth.db`,
  });
  resources.defer(close);
  await createOutbox(writer as unknown as Kysely<unknown>);
  await sql`create table repositories (id integer primary key, name text, removed_at integer)`.execute(
    writer,
  );
  await sql`insert into repositories values (3, 'acme/api', null)`.execute(writer);
  const asked: string[] = [];
  const may = async ({ by }: Caller, repository: string, right: string) => {
    asked.push(`${by.name} ${right} ${repository}`);
    return by.name === "ann" && right !== "admin";
  };
  const forAnn = (event: Told["event"]): Told => ({
    event,
    mayHear: async ({ by }) => by.name === "ann",
  });
  const waiting = { changes: [] as { topic: "findings.changed"; repository?: string }[] };
  const news: Told[] = [];
  const events = new LiveEvents({
    ...{ db: reader, access: { may } as unknown as CatalogAccess, log: pino({ level: "silent" }) },
    changes: [
      {
        take: async () => waiting.changes.splice(0),
        forget: () => void waiting.changes.splice(0),
      },
    ],
    news: [{ take: async () => news.splice(0), forget: () => void news.splice(0) }],
    rights: { "source.changed": "push", "tag.override": "admin" },
    others: {
      "official.changed": async (key) =>
        key === "7" ? forAnn({ topic: `official.changed ${key}` }) : undefined,
    },
  });
  resources.use(events);
  const owned = resources.move();
  return {
    ...{ events, asked, news, changes: waiting.changes, forAnn },
    tell: (topic: string, orderingKey: string) =>
      recordEvent(writer, { topic, orderingKey, payload: {}, at: new Date() }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test("each event is told once to those who may hear it, and each reader is asked once", async () => {
  await using hub = await openEvents();
  await hub.tell("manifest.pushed", "acme/before");
  hub.news.push(hub.forAnn({ topic: "before" }));
  const [ann, again, bob] = [
    hear(await hub.events.listen(callerOf("ann"))),
    hear(await hub.events.listen(callerOf("ann"))),
    hear(await hub.events.listen(callerOf("bob"))),
  ];
  for (const topic of ["manifest.pushed", "manifest.pushed", "login.failed"])
    await hub.tell(topic, "acme/api");
  for (const topic of ["source.changed", "tag.override"])
    for (const id of ["3", "4"]) await hub.tell(topic, id);
  for (const id of ["7", "7", "8"]) await hub.tell("official.changed", id);
  hub.changes.push({ topic: "findings.changed", repository: "acme/api" });
  hub.changes.push({ topic: "findings.changed" });
  hub.news.push(hub.forAnn({ topic: "retention.run" }));
  const nameless = { topic: "findings.changed" };
  await expect.poll(ann, { timeout: 10_000 }).toHaveLength(6);
  expect(ann()).toEqual([
    { topic: "manifest.pushed", repository: "acme/api" },
    { topic: "source.changed", repository: "acme/api" },
    { topic: "official.changed 7" },
    { topic: "findings.changed", repository: "acme/api" },
    nameless,
    { topic: "retention.run" },
  ]);
  expect(again()).toEqual(ann());
  expect(bob()).toEqual([nameless]);
  // Of two events that take the right to pull, and one of each other.
  const rights = ["admin", "pull", "pull", "push"];
  expect(hub.asked.toSorted()).toEqual(
    ["ann", "bob"].flatMap((name) => rights.map((right) => `${name} ${right} acme/api`)),
  );
});

test("what happened while nobody listened is told to nobody who comes later", async () => {
  await using hub = await openEvents();
  const first = await hub.events.listen(callerOf("ann"));
  if (first === undefined) throw new Error("there is room for one");
  first.destroy();
  await once(first, "close");
  await hub.tell("manifest.pushed", "acme/api");
  hub.changes.push({ topic: "findings.changed" });
  const ann = hear(await hub.events.listen(callerOf("ann")));
  await hub.tell("tag.deleted", "acme/api");
  await expect.poll(ann, { timeout: 10_000 }).not.toEqual([]);
  expect(ann()).toEqual([{ topic: "tag.deleted", repository: "acme/api" }]);
});

test("that repositories were deleted is told to everybody once, and to nobody which ones", async () => {
  await using hub = await openEvents();
  const bob = hear(await hub.events.listen(callerOf("bob")));
  for (const name of ["acme/api", "acme/secret"]) await hub.tell("repository.deleted", name);
  hub.changes.push({ topic: "findings.changed" });
  await expect.poll(bob, { timeout: 10_000 }).toHaveLength(2);
  expect(bob()).toEqual([{ topic: "repository.deleted" }, { topic: "findings.changed" }]);
  expect(hub.asked).toEqual([]);
});
