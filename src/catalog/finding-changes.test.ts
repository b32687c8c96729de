import { sql } from "kysely";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../test/harness/temp-directory.ts";
import { toDigest } from "../oci/digest.ts";
import { openSqliteDatabase } from "../platform/db/index.ts";
import type { RegistryTables } from "../registry/index.ts";
import { FindingChanges } from "./finding-changes.ts";

const TOPIC = "findings.changed";
const digestOf = (number: number) => toDigest("sha256", String(number).padStart(64, "0"));

/** Image 0 is in three repositories, each other one in a repository of its own. */
async function startChanges(images: number) {
  const home = await makeTempDirectory("finding-changes");
  const path = `${home.path}/berth.db`;
  const { writer, reader, close } = await openSqliteDatabase<RegistryTables>({ path });
  for (const statement of [
    sql`create table repositories (id integer primary key, name text)`,
    sql`create table manifests (id integer primary key, repository_id integer, digest text)`,
    sql`insert into repositories values (-1, 'acme/a'), (-2, 'acme/b')`,
    sql`insert into manifests values (-1, -1, ${digestOf(0)}), (-2, -2, ${digestOf(0)})`,
  ])
    await statement.execute(writer);
  for (let id = 0; id < images; id++) {
    await sql`insert into repositories values (${id}, ${`acme/r${id}`})`.execute(writer);
    await sql`insert into manifests values (${id}, ${id}, ${digestOf(id)})`.execute(writer);
  }
  const time = { now: Date.UTC(2026, 10, 29) };
  const changes = new FindingChanges({ db: reader, clock: () => new Date(time.now) });
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

test("what nobody listened to is not told to whoever comes later", async () => {
  await using hub = await startChanges(50);
  for (let image = 0; image < 50; image++) hub.changes.note(digestOf(image));
  hub.changes.forget();
  expect(await hub.changes.take()).toEqual([]);
});
