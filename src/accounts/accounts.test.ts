import { expect, test } from "vitest";
import { PROBLEMS } from "../contract/problems.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import { BY_ROOT, holderOf, ORIGIN, openAccounts } from "./accounts.fixture.ts";
import { findAccount } from "./accounts-store.ts";

const PASSWORD = "correct horse battery";
const DAY = 24 * 3_600_000;

test("somebody with an account logs in by name and password, whatever the case of the name", async () => {
  await using hub = await openAccounts();
  const account = await hub.accounts.create({ name: "Alice", password: PASSWORD }, BY_ROOT);
  const principal = await hub.logins.verify({ user: "ALICE", secret: PASSWORD, origin: ORIGIN });
  expect(principal).toMatchObject({ kind: "user", name: "alice", accountId: account.id });
  expect(hub.deeds).toMatchObject([{ action: "account.create", name: "alice" }]);
});

test("a password is kept as an argon2id hash and nowhere in clear", async () => {
  await using hub = await openAccounts();
  await hub.accounts.create({ name: "alice", password: PASSWORD }, BY_ROOT);
  const row = await hub.database.reader.selectFrom("accounts").selectAll().executeTakeFirst();
  expect(row?.password).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(JSON.stringify([row, hub.deeds])).not.toContain(PASSWORD);
});

test.each([
  ["a wrong password", { user: "alice", secret: "wrong horse battery" }],
  ["an unknown user", { user: "mallory", secret: PASSWORD }],
  ["no password", { user: "alice", secret: "" }],
  ["a password with a zero", { user: "alice", secret: `${PASSWORD}\0` }],
  ["a password of a megabyte", { user: "alice", secret: PASSWORD.padEnd(2 ** 20, "x") }],
  ["a password cut at 72 bytes", { user: "long", secret: "x".repeat(72) }],
])("%s logs nobody in", async (_what, claim) => {
  await using hub = await openAccounts();
  await hub.accounts.create({ name: "alice", password: PASSWORD }, BY_ROOT);
  await hub.accounts.create({ name: "long", password: `${"x".repeat(72)}y` }, BY_ROOT);
  expect(await hub.logins.verify({ ...claim, origin: ORIGIN })).toBeUndefined();
});

test("who is disabled is out at once, and comes back as they were", async () => {
  await using hub = await openAccounts();
  await hub.createAdministrator("first administrator");
  const alice = await hub.accounts.create({ name: "alice", password: PASSWORD }, BY_ROOT);
  const claim = { user: "alice", secret: PASSWORD, origin: ORIGIN };
  expect(await hub.logins.verify(claim)).toBeDefined();
  await hub.accounts.change(alice, { isDisabled: true, ...BY_ROOT });
  expect(await hub.logins.verify(claim)).toBeUndefined();
  await hub.accounts.change(alice, { isDisabled: false, ...BY_ROOT });
  expect(await hub.logins.verify(claim)).toBeDefined();
});

test("a new password makes the former one worthless, though it was remembered", async () => {
  await using hub = await openAccounts();
  const alice = await hub.accounts.create({ name: "alice", password: PASSWORD }, BY_ROOT);
  const before = { user: "alice", secret: PASSWORD, origin: ORIGIN };
  expect(await hub.logins.verify(before)).toBeDefined();
  const next = "another horse battery";
  await hub.accounts.setPassword(alice, { password: next, ...BY_ROOT });
  expect(await hub.logins.verify(before)).toBeUndefined();
  expect(await hub.logins.verify({ ...before, secret: next })).toBeDefined();
});

test.each(["short", "alicealice", "x".repeat(1025), "with\0zero"])(
  "%j is refused as a password",
  async (password) => {
    await using hub = await openAccounts();
    await expect(
      hub.accounts.create({ name: "alicealice", password }, BY_ROOT),
    ).rejects.toMatchObject({ status: 400, title: "the password cannot be used" });
  },
);

test.each(["admin", "library", "v2", "API", "users", "_catalog", "", "a/b", "-a", "a..b", "ålice"])(
  "nobody signs up as %s",
  async (name) => {
    await using hub = await openAccounts();
    await expect(hub.accounts.create({ name, password: PASSWORD }, BY_ROOT)).rejects.toMatchObject({
      status: expect.toSatisfy((code) => [400, 409].includes(code)),
    });
  },
);

test.each(["alice", "ALICE", "al1ce", "a.l.i.c.e", "al-ice"])(
  "with alice there, nobody becomes %s",
  async (name) => {
    await using hub = await openAccounts();
    await hub.accounts.create({ name: "alice", password: PASSWORD }, BY_ROOT);
    await expect(hub.accounts.create({ name, password: PASSWORD }, BY_ROOT)).rejects.toMatchObject({
      status: 409,
    });
  },
);

test("a deleted name is nobody's for a month, and then somebody else's with another id", async () => {
  await using hub = await openAccounts();
  await hub.createAdministrator("first administrator");
  const before = await hub.accounts.create({ name: "alice", password: PASSWORD }, BY_ROOT);
  await hub.accounts.remove(before, BY_ROOT);
  const again = () => hub.accounts.create({ name: "alice", password: PASSWORD }, BY_ROOT);
  await expect(again()).rejects.toMatchObject({ status: 409 });
  hub.wait(31 * DAY);
  expect((await again()).id).not.toBe(before.id);
});

test("S75: the first administrator is made once, with a password that is shown once", async () => {
  await using hub = await openAccounts();
  const made = await hub.createAdministrator();
  const claim = { user: "admin", secret: made?.password ?? "", origin: ORIGIN };
  expect(await hub.logins.verify(claim)).toMatchObject({ role: "administrator" });
  expect(await hub.createAdministrator()).toBeUndefined();
  expect(await hub.createAdministrator("another password")).toBeUndefined();
});

test("a hub is never left without an administrator", async () => {
  await using hub = await openAccounts();
  await hub.createAdministrator("first administrator");
  const admin = await hub.accounts.get("admin");
  for (const change of [{ role: null }, { isDisabled: true }]) {
    await expect(hub.accounts.change(admin, { ...change, ...BY_ROOT })).rejects.toMatchObject({
      title: "the hub would be left without an administrator",
    });
  }
  await expect(hub.accounts.remove(admin, BY_ROOT)).rejects.toMatchObject({ status: 409 });
});

test("wrong passwords are answered 429 after a while, and the right one too, until time has passed", async () => {
  await using hub = await openAccounts();
  await hub.accounts.create({ name: "alice", password: PASSWORD }, BY_ROOT);
  const wrong = (n: number) =>
    hub.logins.verify({ user: "alice", secret: `wrong number ${n}`, origin: ORIGIN });
  for (let n = 0; n < 10; n += 1) expect(await wrong(n)).toBeUndefined();
  await expect(wrong(10)).rejects.toThrow("too many failed logins: wait 300 seconds");
  const right = { user: "alice", secret: PASSWORD, origin: ORIGIN };
  await expect(hub.logins.verify(right)).rejects.toThrow("too many failed logins");
  hub.wait(5 * 60_000);
  expect(await hub.logins.verify(right)).toBeDefined();
});

test("an address that guesses at many names is stopped, others are not", async () => {
  await using hub = await openAccounts();
  await hub.accounts.create({ name: "alice", password: PASSWORD }, BY_ROOT);
  const secret = "dckr_pat_guessed-at";
  const guess = (n: number) => hub.logins.verify({ user: `user${n}`, secret, origin: ORIGIN });
  for (let n = 0; n < 60; n += 1) expect(await guess(n)).toBeUndefined();
  await expect(guess(60)).rejects.toThrow("too many failed logins");
  const elsewhere = { ...ORIGIN, address: "198.51.100.7" };
  const right = { user: "alice", secret: PASSWORD, origin: elsewhere };
  expect(await hub.logins.verify(right)).toBeDefined();
});

test("guesses from everywhere shut out whoever has not logged in from where they are", async () => {
  await using hub = await openAccounts();
  await hub.accounts.create({ name: "alice", password: PASSWORD }, BY_ROOT);
  const from = (address: string, secret: string) =>
    hub.logins.verify({ user: "alice", secret, origin: { ...ORIGIN, address } });
  expect(await from("192.0.2.1", PASSWORD)).toBeDefined();
  for (let n = 0; n < 200; n += 1) await from(`2001:db8:${n}::1`, "dckr_pat_guessed-at");
  await expect(from("198.51.100.7", PASSWORD)).rejects.toThrow("too many failed logins");
  expect(await from("192.0.2.1", PASSWORD)).toBeDefined();
});

test("a client that proves itself thirty times at once has logged in once", async () => {
  await using hub = await openAccounts();
  await hub.accounts.create({ name: "alice", password: PASSWORD }, BY_ROOT);
  const claim = { user: "alice", secret: PASSWORD, origin: ORIGIN };
  const answers = await Promise.all(Array.from({ length: 30 }, () => hub.logins.verify(claim)));
  expect(answers.every((principal) => principal?.name === "alice")).toBe(true);
});

test("who logged in with a password goes on without it only while it is the password", async () => {
  await using hub = await openAccounts();
  await hub.createAdministrator();
  const alice = await hub.accounts.create({ name: "alice", password: "a long sentence" }, BY_ROOT);
  const login = (secret: string) => hub.logins.verify({ user: "alice", secret, origin: ORIGIN });
  const before = holderOf(await login("a long sentence"));
  expect(await hub.logins.resume(before)).toMatchObject({ name: "alice" });
  await hub.accounts.setPassword(alice, { password: "another sentence", ...BY_ROOT });
  expect(await hub.logins.resume(before)).toBeUndefined();
  const after = holderOf(await login("another sentence"));
  expect(await hub.logins.resume(after)).toMatchObject({ name: "alice" });
  await hub.accounts.remove(alice, BY_ROOT);
  expect(await hub.logins.resume(after)).toBeUndefined();
});

test("what an account gets while it is deleted keeps it", async () => {
  await using hub = await openAccounts({
    // Stands for a repository, which is a row of another capability.
    assertEmpty: async (trx, id) => {
      const account = await findAccount(trx as Parameters<typeof findAccount>[0], id);
      if (account?.email !== undefined) throw new ProblemError(PROBLEMS.NOT_EMPTY);
    },
  });
  await hub.createAdministrator("the first administrator");
  const alice = await hub.accounts.create({ name: "alice", password: PASSWORD }, BY_ROOT);
  const push = hub.accounts.change(alice, { email: "a@example.com", ...BY_ROOT });
  await expect(hub.accounts.remove(alice, BY_ROOT)).rejects.toThrow(
    new ProblemError(PROBLEMS.NOT_EMPTY),
  );
  await push;
  expect((await hub.accounts.get("alice")).email).toBe("a@example.com");
});

test("an imported hash that would keep every login waiting is left out", async () => {
  await using hub = await openAccounts();
  const users = ["04", "15", "16", "31"].map((cost) => ({
    name: `user-${cost}`,
    hash: `$2y$${cost}$${"a".repeat(53)}`,
  }));
  const outcomes = await hub.accounts.importUsers(users, BY_ROOT);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual([
    ...["imported", "imported"],
    ...["skipped", "skipped"],
  ]);
  expect(outcomes.at(-1)?.why).toContain("has the cost 31");
});
