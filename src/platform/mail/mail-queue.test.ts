import { join } from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { startMailServer } from "../../../test/harness/mail-server.ts";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { migrateToLatest, openSqliteDatabase } from "../db/index.ts";
import { openSealing } from "../keys/index.ts";
import { MailQueue } from "./mail-queue.ts";
import { type Mailer, MailRefused, NO_MAILER } from "./mailer.ts";
import { createMails, type MailTables } from "./mails-store.ts";
import { createSmtpMailer } from "./smtp-mailer.ts";

const NEVER = new AbortController().signal;
const MINUTE = 60_000;
const MAIL = { to: "ada@example.com", subject: "Your link", text: "a secret" };

test("a mail goes out once its cause is committed, and is kept without its text", async () => {
  await using server = await startMailServer();
  await using hub = await openQueue(smtpTo(server.port));
  const id = await hub.add();
  expect(await hub.stateOf(id)).toBe("waiting");
  // S82: not while it waits either.
  expect(JSON.stringify(await hub.rows())).not.toContain("a secret");
  await hub.queue.send(NEVER);
  expect(await server.receive(MAIL.to)).toMatchObject({
    text: expect.stringContaining("a secret"),
  });
  expect(await hub.stateOf(id)).toBe("sent");
  await hub.queue.send(NEVER);
  expect(server.mails).toHaveLength(1);
  expect(JSON.stringify(await hub.rows())).not.toContain("a secret");
});

test("nothing is sent for what was rolled back", async () => {
  const sent: unknown[] = [];
  await using hub = await openQueue(recordingMailer(sent));
  const undone = hub.database.write(async (trx) => {
    await hub.queue.add(trx, { ...MAIL, expiresAt: hub.later(MINUTE) });
    throw new Error("it did not happen");
  });
  await expect(undone).rejects.toThrow("it did not happen");
  await hub.queue.send(NEVER);
  expect(sent).toEqual([]);
});

test("a mail that is not taken is tried again after longer and longer waits, under the same id", async () => {
  const sent: { id: string }[] = [];
  await using hub = await openQueue(
    recordingMailer(sent, () => (sent.length < 4 ? new Error("the server is down") : undefined)),
  );
  const id = await hub.add();
  await hub.queue.send(NEVER);
  expect(sent).toHaveLength(1);
  for (const wait of [15_000, 30_000, 60_000]) {
    const before = sent.length;
    hub.wait(wait - 1);
    await hub.queue.send(NEVER);
    expect(sent).toHaveLength(before);
    hub.wait(1);
    await hub.queue.send(NEVER);
    expect(sent).toHaveLength(before + 1);
  }
  expect(new Set(sent.map((mail) => mail.id))).toEqual(new Set([id]));
  expect(await hub.stateOf(id)).toBe("sent");
});

test("a mail that is refused for good, or could not be sent in time, has failed", async () => {
  const sent: unknown[] = [];
  await using hub = await openQueue(
    recordingMailer(sent, () => new MailRefused("no such mailbox")),
  );
  const refused = await hub.add();
  await hub.queue.send(NEVER);
  expect(await hub.stateOf(refused)).toBe("failed");
  const late = await hub.add();
  hub.wait(2 * MINUTE);
  await hub.queue.send(NEVER);
  expect(await hub.stateOf(late)).toBe("failed");
  expect(sent).toHaveLength(1);
});

test("two processes that see the same mail send it once", async () => {
  const sent: unknown[] = [];
  await using hub = await openQueue(recordingMailer(sent));
  await hub.add();
  await Promise.all([hub.queue.send(NEVER), hub.queue.send(NEVER), hub.queue.send(NEVER)]);
  expect(sent).toHaveLength(1);
});

test("a secret does not wait for ever in a hub that sends no mail any more", async () => {
  await using hub = await openQueue(recordingMailer([]));
  const id = await hub.add();
  hub.wait(2 * MINUTE);
  await hub.queue.trim();
  expect(await hub.stateOf(id)).toBe("failed");
  expect(JSON.stringify(await hub.rows())).not.toContain("a secret");
});

test("mails that ended a month ago are forgotten", async () => {
  await using hub = await openQueue(recordingMailer([]));
  const id = await hub.add();
  await hub.queue.send(NEVER);
  await hub.queue.trim();
  expect(await hub.stateOf(id)).toBe("sent");
  hub.wait(31 * 24 * 60 * MINUTE);
  await hub.queue.trim();
  expect(await hub.stateOf(id)).toBeUndefined();
});

test.each([
  ["a second line in the subject", { subject: "Your link\r\nBcc: eve@example.com" }],
  ["a line feed alone in the subject", { subject: "Your link\nBcc: eve@example.com" }],
  ["a separator of Unicode in the subject", { subject: "Your link\u2028Bcc: eve@example.com" }],
  ["a second address", { to: "ada@example.com, eve@example.com" }],
  ["a second line in the address", { to: "ada@example.com\r\nRCPT TO:<eve@example.com>" }],
  ["a command in the address", { to: "ada@example.com>\r\nDATA" }],
  ["a name before the address", { to: "Eve <eve@example.com>" }],
])("S81: %s makes it no mail", async (_what, part) => {
  await using hub = await openQueue(recordingMailer([]));
  const wish = { ...MAIL, ...part, expiresAt: hub.later(MINUTE) };
  await expect(hub.database.write((trx) => hub.queue.add(trx, wish))).rejects.toThrow();
  expect(await hub.rows()).toEqual([]);
});

test("where no mail is configured nothing is queued", async () => {
  await using hub = await openQueue(NO_MAILER);
  expect(hub.queue.isConfigured).toBe(false);
  await expect(hub.add()).rejects.toThrow("mail is not configured");
  await expect(NO_MAILER.send({ ...MAIL, id: "one" }, NEVER)).rejects.toThrow("mail.host");
});

function smtpTo(port: number): Mailer {
  const from = { name: "", address: "hub@example.com" };
  const none = { login: undefined, authorities: undefined, security: "none" } as const;
  return createSmtpMailer({ host: "127.0.0.1", port, from, ...none });
}

function recordingMailer(sent: unknown[], answer: () => Error | undefined = () => undefined) {
  return {
    isConfigured: true,
    async send(mail: unknown) {
      sent.push(mail);
      const error = answer();
      if (error !== undefined) throw error;
    },
  };
}

async function openQueue(mailer: Mailer) {
  const directory = await makeTempDirectory("mail");
  const database = await openSqliteDatabase<MailTables>({ path: join(directory.path, "berth.db") });
  const sealing = await openSealing(directory.path);
  await migrateToLatest(database.writer, { "0001-mails": { up: createMails } });
  let now = new Date("2026-11-28T12:00:00Z").getTime();
  let ids = 0;
  const queue = new MailQueue({
    database,
    mailer,
    sealing,
    clock: () => new Date(now),
    randomId: () => `mail-${++ids}`,
    log: pino({ level: "silent" }),
  });
  const later = (ms: number) => new Date(now + ms);
  return {
    database,
    queue,
    later,
    add: () => database.write((trx) => queue.add(trx, { ...MAIL, expiresAt: later(2 * MINUTE) })),
    stateOf: async (id: Awaited<ReturnType<typeof queue.add>>) =>
      (await queue.statesOf([id])).get(id),
    rows: () => database.reader.selectFrom("mails").selectAll().execute(),
    wait(ms: number) {
      now += ms;
    },
    async [Symbol.asyncDispose]() {
      await database.close();
      await directory[Symbol.asyncDispose]();
    },
  };
}
