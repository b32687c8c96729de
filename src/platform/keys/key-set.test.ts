import { join } from "node:path";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { migrateToLatest, openSqliteDatabase } from "../db/index.ts";
import { createSigningKeys, KeySet, type SigningKeyTables } from "./index.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const ROTATION = { rotateAfterMs: 30 * DAY_MS, keepMs: DAY_MS };

test("keys outlive a restart", async () => {
  await using hub = await openHub();
  const before = await KeySet.open(hub);
  const after = await KeySet.open(hub);
  expect(after.current.kid).toBe(before.current.kid);
  expect(after.toJwks()).toEqual(before.toJwks());
});

test("what is published holds nothing private", async () => {
  await using hub = await openHub();
  const keys = await KeySet.open(hub);
  expect(keys.toJwks().keys).toEqual([
    {
      kty: "EC",
      crv: "P-256",
      x: expect.any(String),
      y: expect.any(String),
      kid: keys.current.kid,
      alg: "ES256",
      use: "sig",
    },
  ]);
});

test("a key is followed by another after a month, is believed a day longer, and then forgotten", async () => {
  await using hub = await openHub();
  const keys = await KeySet.open(hub);
  const first = keys.current.kid;

  hub.pass(29 * DAY_MS);
  await keys.rotateIfDue();
  expect(keys.current.kid).toBe(first);

  hub.pass(DAY_MS);
  await keys.rotateIfDue();
  const second = keys.current.kid;
  expect(second).not.toBe(first);
  expect(await keys.find(first)).toBeDefined();
  expect(keys.toJwks().keys.map(({ kid }) => kid)).toEqual([second, first]);

  hub.pass(DAY_MS);
  expect(await keys.find(first)).toBeUndefined();
  expect(keys.toJwks().keys).toHaveLength(1);
});

test("a key that may have become known is replaced, and believed no more", async () => {
  await using hub = await openHub();
  const keys = await KeySet.open(hub);
  const first = keys.current.kid;
  await keys.replace(async () => undefined);
  expect(keys.current.kid).not.toBe(first);
  expect(await keys.find(first)).toBeUndefined();
  expect(keys.toJwks().keys).toHaveLength(1);
});

test("two processes that start at once agree on one key", async () => {
  await using hub = await openHub();
  const [one, other] = await Promise.all([KeySet.open(hub), KeySet.open(hub)]);
  expect(one?.current.kid).toBe(other?.current.kid);
});

test.each(["", "../../dev/null", "' or 1=1 --", "__proto__", "a".repeat(43)])(
  "the key %j is not found",
  async (kid) => {
    await using hub = await openHub();
    const keys = await KeySet.open(hub);
    expect(await keys.find(kid)).toBeUndefined();
  },
);

async function openHub() {
  await using resources = new AsyncDisposableStack();
  const home = resources.use(await makeTempDirectory("keys"));
  const path = join(home.path, "berth.db");
  const database = await openSqliteDatabase<SigningKeyTables>({ path });
  resources.defer(() => database.close());
  await migrateToLatest(database.writer, { "0001-keys": { up: createSigningKeys } });
  let now = new Date("2026-11-24T12:00:00Z");
  const owned = resources.move();
  return {
    ...ROTATION,
    database,
    clock: () => now,
    pass(ms: number) {
      now = new Date(now.getTime() + ms);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
