import { expect, test } from "vitest";
import { BY_ROOT, holderOf, ORIGIN, openAccounts } from "./accounts.fixture.ts";
import type { PersonalScope } from "./accounts-store.ts";
import type { NewToken } from "./personal-tokens.ts";

const DAY = 24 * 3_600_000;
const WISH: NewToken = {
  label: "ci",
  scopes: ["repo:read"],
  repositories: [],
  expiresAt: undefined,
};

async function openWithToken(wish: Partial<NewToken> = {}) {
  const hub = await openAccounts();
  const alice = await hub.accounts.create({ name: "alice", password: "a long sentence" }, BY_ROOT);
  const bob = await hub.accounts.create({ name: "bob", password: "a long sentence" }, BY_ROOT);
  const token = await hub.tokens.create(alice, { ...WISH, ...wish }, BY_ROOT);
  const login = (user = "alice") =>
    hub.logins.verify({ user, secret: token.secret, origin: ORIGIN });
  return { ...hub, alice, bob, token, login };
}

test("a token stands for its account, limited to what it was made for", async () => {
  await using hub = await openWithToken();
  expect(await hub.login()).toMatchObject({
    name: "alice",
    credential: {
      kind: "personal token",
      label: "ci",
      permits: [{ repositories: "**", actions: ["pull"] }],
    },
  });
});

test("a token is shown once, and only its hash is kept", async () => {
  await using hub = await openWithToken();
  expect(hub.token.secret).toMatch(/^dckr_pat_[A-Za-z0-9_-]{32}$/);
  const rows = await hub.database.reader.selectFrom("personal_tokens").selectAll().execute();
  const kept = JSON.stringify([rows, hub.deeds, await hub.tokens.list(hub.alice.id)]);
  expect(kept).not.toContain(hub.token.secret);
});

test("a token is of no use under another's name", async () => {
  await using hub = await openWithToken();
  expect(await hub.login("bob")).toBeUndefined();
  expect(await hub.login("mallory")).toBeUndefined();
});

test("a token that is switched off, expired or deleted logs nobody in", async () => {
  await using hub = await openWithToken({ expiresAt: new Date("2026-11-25T12:00:00Z") });
  await hub.tokens.change(hub.alice, hub.token.id, { isActive: false, ...BY_ROOT });
  expect(await hub.login()).toBeUndefined();
  await hub.tokens.change(hub.alice, hub.token.id, { isActive: true, ...BY_ROOT });
  expect(await hub.login()).toBeDefined();
  hub.wait(DAY);
  expect(await hub.login()).toBeUndefined();
  await hub.tokens.remove(hub.alice, hub.token.id, BY_ROOT);
  expect(await hub.login()).toBeUndefined();
});

test("a token that is switched off while it gets another name stays off", async () => {
  await using hub = await openWithToken();
  const { tokens, alice, token } = hub;
  await Promise.all([
    tokens.change(alice, token.id, { isActive: false, ...BY_ROOT }),
    tokens.change(alice, token.id, { label: "ci-2", ...BY_ROOT }),
  ]);
  expect(await tokens.get(alice, token.id)).toMatchObject({ label: "ci-2", isActive: false });
  expect(await hub.login()).toBeUndefined();
});

test("of two who delete a token at once one has done it, and one finds nothing", async () => {
  await using hub = await openWithToken();
  const { tokens, alice, token } = hub;
  const ends = await Promise.allSettled([
    tokens.remove(alice, token.id, BY_ROOT),
    tokens.remove(alice, token.id, BY_ROOT),
  ]);
  expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  expect(hub.deeds.filter(({ action }) => action === "access_token.delete")).toHaveLength(1);
});

test("a token of a disabled account logs nobody in", async () => {
  await using hub = await openWithToken();
  await hub.createAdministrator("first administrator");
  await hub.accounts.change(hub.alice, { isDisabled: true, ...BY_ROOT });
  expect(await hub.login()).toBeUndefined();
});

test("another's token is not there, for any verb", async () => {
  await using hub = await openWithToken();
  const { tokens, bob, token } = hub;
  for (const attempt of [
    () => tokens.get(bob, token.id),
    () => tokens.change(bob, token.id, { isActive: false, ...BY_ROOT }),
    () => tokens.remove(bob, token.id, BY_ROOT),
  ]) {
    await expect(attempt()).rejects.toMatchObject({ status: 404 });
  }
  expect(await hub.login()).toBeDefined();
});

test("a token's last use is on record", async () => {
  await using hub = await openWithToken();
  await hub.login();
  const [token] = await hub.tokens.list(hub.alice.id);
  expect(token?.lastUse).toMatchObject({ address: "192.0.2.1", client: "docker/28" });
});

test.each<[PersonalScope, readonly string[], boolean]>([
  ["repo:admin", ["pull", "push", "delete", "admin"], false],
  ["repo:write", ["pull", "push"], false],
  ["repo:read", ["pull"], false],
  ["repo:public_read", ["pull"], true],
])("%s permits %j", async (scope, actions, onlyPublic) => {
  await using hub = await openAccounts();
  const alice = await hub.accounts.create({ name: "alice", password: "a long sentence" }, BY_ROOT);
  const wish = { ...WISH, scopes: [scope], repositories: ["acme/*"] };
  const { secret } = await hub.tokens.create(alice, wish, BY_ROOT);
  const principal = await hub.logins.verify({ user: "alice", secret, origin: ORIGIN });
  const permit = { repositories: "acme/*", actions, ...(onlyPublic ? { onlyPublic } : {}) };
  expect(principal?.credential?.permits).toEqual([permit]);
});

test("an account has a bounded number of tokens", async () => {
  await using hub = await openWithToken();
  for (let n = 1; n < 200; n += 1) await hub.tokens.create(hub.alice, WISH, BY_ROOT);
  await expect(hub.tokens.create(hub.alice, WISH, BY_ROOT)).rejects.toMatchObject({
    title: "there are too many of these already",
  });
});

test("who logged in with a token can go on without it, until it or the account is no more in force", async () => {
  await using hub = await openWithToken();
  await hub.createAdministrator();
  const holder = holderOf(await hub.login());
  expect(await hub.logins.resume(holder)).toEqual(await hub.login());
  await hub.tokens.change(hub.alice, hub.token.id, { isActive: false, ...BY_ROOT });
  expect(await hub.logins.resume(holder)).toBeUndefined();
  await hub.tokens.change(hub.alice, hub.token.id, { isActive: true, ...BY_ROOT });
  expect(await hub.logins.resume(holder)).toBeDefined();
  await hub.accounts.change(hub.alice, { isDisabled: true, ...BY_ROOT });
  expect(await hub.logins.resume(holder)).toBeUndefined();
});

test("another account cannot go on with a token's id, nor with that of a deleted token", async () => {
  await using hub = await openWithToken();
  const holder = holderOf(await hub.login());
  expect(await hub.logins.resume({ ...holder, accountId: hub.bob.id })).toBeUndefined();
  await hub.tokens.remove(hub.alice, hub.token.id, BY_ROOT);
  expect(await hub.logins.resume(holder)).toBeUndefined();
});
