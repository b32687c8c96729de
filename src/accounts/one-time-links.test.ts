import { expect, test } from "vitest";
import { openAccounts } from "./accounts.fixture.ts";
import { OneTimeLinks } from "./one-time-links.ts";

const HOUR = 3_600_000;
const DOOR = { purpose: "door", subject: "7", payload: "what else" };

test("a link opens what it is for, once, also when many try at the same moment", async () => {
  await using hub = await openLinks();
  const secret = await hub.make();
  expect(await hub.links.get(hub.database.reader, { purpose: "door", secret })).toMatchObject(DOOR);
  const uses = await Promise.allSettled(Array.from({ length: 20 }, () => hub.use(secret)));
  expect(uses.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  await expect(hub.use(secret)).rejects.toThrow("it was used already");
});

test("S81: a secret is 192 random bits, of which only a hash is kept", async () => {
  await using hub = await openLinks();
  const secret = await hub.make();
  expect(secret).toMatch(/^berth_once_[A-Za-z0-9_-]{32}$/);
  const rows = await hub.database.reader.selectFrom("one_time_links").selectAll().execute();
  expect(JSON.stringify(rows)).not.toContain(secret.slice("berth_once_".length));
});

test("a link for one purpose is none for another", async () => {
  await using hub = await openLinks();
  const secret = await hub.make();
  await expect(hub.use(secret, "window")).rejects.toThrow();
  expect(await hub.use(secret)).toMatchObject(DOOR);
});

test("a link ends when it expires, is withdrawn, or another one is made for the same thing", async () => {
  await using hub = await openLinks();
  const first = await hub.make();
  const second = await hub.make();
  await expect(hub.use(first)).rejects.toThrow();
  await hub.database.write((trx) => hub.links.revoke(trx, DOOR));
  await expect(hub.use(second)).rejects.toThrow();
  const third = await hub.make();
  hub.wait(HOUR);
  await expect(hub.use(third)).rejects.toThrow();
  await hub.make();
  hub.wait(HOUR);
  await hub.database.write((trx) => hub.links.removeExpired(trx));
  expect(await hub.database.reader.selectFrom("one_time_links").selectAll().execute()).toEqual([]);
});

test("a use that is rolled back leaves the link as it was", async () => {
  await using hub = await openLinks();
  const secret = await hub.make();
  const undone = hub.database.write(async (trx) => {
    await hub.links.use(trx, { purpose: "door", secret });
    throw new Error("the password cannot be used");
  });
  await expect(undone).rejects.toThrow("the password");
  expect(await hub.use(secret)).toMatchObject(DOOR);
});

async function openLinks() {
  const hub = await openAccounts();
  const links = new OneTimeLinks(hub);
  return {
    ...hub,
    links,
    make: () =>
      hub.database.write((trx) =>
        links.make(trx, { ...DOOR, expiresAt: new Date(hub.clock().getTime() + HOUR) }),
      ),
    use: (secret: string, purpose = "door") =>
      hub.database.write((trx) => links.use(trx, { purpose, secret })),
  };
}
