import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { migrateToLatest, openSqliteDatabase } from "../../platform/db/index.ts";
import { createRepositories } from "../../repositories/index.ts";
import { createRegistryTables } from "../store/migration-0002.ts";
import { bindUploads } from "../store/migration-0012.ts";
import type { RegistryTables } from "../store/tables.ts";
import { findUpload } from "../store/uploads-store.ts";
import { UploadSessions } from "./upload-sessions.ts";

const EVERYTHING = { everything: true };

test("a session whose commit failed goes on, and gets its row", async () => {
  await using parts = await openSessions();
  const { sessions, database } = parts;
  await sessions.open(session("a"));
  const failing = database.write(async (trx) => {
    await sessions.end(trx, "a");
    throw new Error("the disk is full");
  });
  await expect(failing).rejects.toThrow("the disk is full");
  sessions.resume("a");
  expect(await sessions.find("a")).toBeDefined();
  await sessions.keepOld(EVERYTHING);
  expect(await findUpload(database.reader, "a")).toBeDefined();
});

test("a session that ended leaves no row, whether it had one or not", async () => {
  await using parts = await openSessions();
  const { sessions, database } = parts;
  await sessions.open(session("young"));
  await sessions.open(session("old"));
  await sessions.keep("old", new Date(5000));
  for (const id of ["young", "old"]) {
    await database.write((trx) => sessions.end(trx, id));
    sessions.forget(id);
    await sessions.keepOld(EVERYTHING);
    expect(await sessions.find(id)).toBeUndefined();
    expect(await findUpload(database.reader, id)).toBeUndefined();
  }
});

test("sessions count against the limit with a row and without, until they end", async () => {
  await using parts = await openSessions();
  const { sessions } = parts;
  for (const id of ["a", "b", "c"]) await sessions.open(session(id));
  await expect(sessions.open(session("d"))).rejects.toThrow("too many unfinished uploads");
  await sessions.keepOld(EVERYTHING);
  await expect(sessions.open(session("d"))).rejects.toThrow("too many unfinished uploads");
  await sessions.drop("a");
  await sessions.open(session("d"));
});

test("keeping a session that is being kept moves its expiry all the same", async () => {
  await using parts = await openSessions();
  const { sessions, database } = parts;
  await sessions.open(session("a"));
  await Promise.all([sessions.keepOld(EVERYTHING), sessions.keep("a", new Date(9000))]);
  expect((await findUpload(database.reader, "a"))?.expiresAt).toEqual(new Date(9000));
});

function session(id: string) {
  return {
    id,
    repository: "team/app",
    repositoryId: undefined,
    principal: "anonymous",
    countedFor: "address 127.0.0.1",
    now: new Date(0),
    expiresAt: new Date(1000),
  };
}

async function openSessions() {
  const home = await makeTempDirectory("sessions");
  const path = `${home.path}/berth.db`;
  const database = await openSqliteDatabase<RegistryTables>({ path });
  await migrateToLatest(database.writer, {
    "1": { up: createRepositories },
    "2": { up: createRegistryTables },
    "3": { up: bindUploads },
  });
  return {
    database,
    sessions: new UploadSessions({ database, perUser: 3 }),
    async [Symbol.asyncDispose]() {
      await database.close();
      await home[Symbol.asyncDispose]();
    },
  };
}
