import { sql } from "kysely";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../test/harness/temp-directory.ts";
import { toDigest } from "../oci/digest.ts";
import { openSqliteDatabase } from "../platform/db/index.ts";
import type { RegistryTables } from "../registry/index.ts";
import { RepositoryChanges } from "./repository-changes.ts";

const TOPIC = "findings.changed" as const;
const digestOf = (number: number) => toDigest("sha256", String(number).padStart(64, "0"));

/** Image 0 is in three repositories, each other one in a repository of its own. */
async function startChanges(images: number) {
  const home = await makeTempDirectory("finding-changes");
  const path = `${home.path}/berth.db`;
  const { writer, reader, close } = await openSqliteDatabase<RegistryTables>({ path });
  for (const statement of [
    sql`create table repositories (id integer primary key, name text, namespace_id integer)`,
    sql`create table manifests (id integer primary key, repository_id integer, digest text)`,
    sql`insert into repositories values (-1, 'acme/a', 1), (-2, 'acme/b', 1)`,
    sql`insert into manifests values (-1, -1, ${digestOf(0)}), (-2, -2, ${digestOf(0)})`,
  ])
    await statement.execute(writer);
  for (let id = 0; id < images; id++) {
    await sql`insert into repositories values (${id}, ${`acme/r${id}`}, 2)`.execute(writer);
    await sql`insert into manifests values (${id}, ${id}, ${digestOf(id)})`.execute(writer);
  }
  const time = { now: Date.UTC(2026, 10, 29) };
  const changes = new RepositoryChanges({
    ...{ db: reader, topic: TOPIC },
    clock: () => new Date(time.now),
  });
  return {
    changes,
    time,
    async [Symbol.asyncDispose]() {
      await close();
      await home[Symbol.asyncDispose]();
    },
  };
}

test("each repository that has the image is named, once however often it was scanned", async () => {
  await using hub = await startChanges(2);
  for (const image of [0, 1, 0]) hub.changes.note(digestOf(image));
  hub.changes.note(digestOf(7));
  const told = await hub.changes.take();
  const names = told.map(({ repository }) => repository).sort();
  expect(names).toEqual(["acme/a", "acme/b", "acme/r0", "acme/r1"]);
  expect(await hub.changes.take()).toEqual([]);
});

test("thousands of images that change in a minute are twenty names and one word of more in ten seconds", async () => {
  await using hub = await startChanges(3000);
  const told: (string | undefined)[] = [];
  for (let second = 0; second < 60; second++) {
    for (let image = 0; image < 50; image++) hub.changes.note(digestOf(second * 50 + image));
    const events = await hub.changes.take();
    told.push(...events.map(({ repository }) => repository));
    hub.time.now += 1000;
  }
  expect(told.filter((name) => name === undefined)).toHaveLength(6);
  expect(told.filter((name) => name !== undefined)).toHaveLength(6 * 20);
  // What came after the last word of more is told, too.
  hub.time.now += 10_000;
  expect(await hub.changes.take()).toEqual([{ topic: TOPIC }]);
  expect(await hub.changes.take()).toEqual([]);
});

test("what is decided for a scope is told of what lies in it, of one image as of its repository, of the hub without a name", async () => {
  await using hub = await startChanges(3);
  const take = async () => (await hub.changes.take()).map(({ repository }) => repository).sort();
  hub.changes.noteIn({ kind: "namespace", id: 1 });
  expect(await take()).toEqual(["acme/a", "acme/b"]);
  for (const kind of ["repository", "image"] as const) hub.changes.noteIn({ kind, id: 0 });
  hub.changes.noteIn({ kind: "repository", id: 2 });
  hub.changes.note(digestOf(2));
  expect(await take()).toEqual(["acme/r0", "acme/r2"]);
  hub.changes.noteIn({ kind: "hub", id: 0 });
  expect(await hub.changes.take()).toEqual([{ topic: TOPIC }]);
});

test("a namespace of many repositories is twenty names and one word of more", async () => {
  await using hub = await startChanges(30);
  hub.changes.noteIn({ kind: "namespace", id: 2 });
  const told = await hub.changes.take();
  expect(told).toHaveLength(21);
  expect(told.at(-1)).toEqual({ topic: TOPIC });
});

test("what nobody listened to is not told to whoever comes later", async () => {
  await using hub = await startChanges(50);
  for (let image = 0; image < 50; image++) hub.changes.note(digestOf(image));
  hub.changes.noteIn({ kind: "repository", id: 1 });
  hub.changes.noteIn({ kind: "namespace", id: 2 });
  hub.changes.forget();
  expect(await hub.changes.take()).toEqual([]);
});
