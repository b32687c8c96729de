import { join } from "node:path";
import { expect, test } from "vitest";
import { createFindingsLetters } from "../../src/app/findings-letters.ts";
import type { HubTables } from "../../src/app/stores.ts";
import type { AttentionNews } from "../../src/builds/index.ts";
import { openSqliteDatabase } from "../../src/platform/db/index.ts";
import type { MailId } from "../../src/platform/mail/index.ts";
import { done, startAccountsHub } from "../harness/hub-api.ts";

const MAILS = "/api/v1/account/mails";

test("who maintains an official image is written of its findings, unless they turned that off", async () => {
  await using hub = await startAccountsHub();
  await hub.addUsers("alice", "bob");
  for (const name of ["alice", "bob"])
    await done(hub.root(`PATCH /api/v1/users/${name}`, { email: `${name}@example.com` }));
  expect((await done(hub.as("alice")(`GET ${MAILS}`))).body).toEqual({ officialImages: true });
  const database = await openSqliteDatabase<HubTables>({
    path: join(hub.dataDirectory, "berth.db"),
  });
  try {
    const readers = () => writtenTo(database.reader);
    expect((await readers()).toSorted()).toEqual(["alice@example.com", "bob@example.com"]);
    const wish = { officialImages: false };
    expect((await done(hub.as("alice")(`PATCH ${MAILS}`, wish))).body).toEqual(wish);
    // What is not named stays.
    expect((await done(hub.as("alice")(`PATCH ${MAILS}`, {}))).body).toEqual(wish);
    expect((await hub.as("alice")(`PATCH ${MAILS}`, { role: "administrator" })).status).toBe(400);
    expect(await readers()).toEqual(["bob@example.com"]);
    await done(hub.as("alice")(`PATCH ${MAILS}`, { officialImages: true }));
    expect(await readers()).toContain("alice@example.com");
  } finally {
    await database.close();
  }
  const { body } = await hub.root("GET /api/v1/audit?account=alice&action=account.mails.update");
  expect(body.items).toHaveLength(3);
  expect(body.items.at(-1)).toMatchObject({
    ...{ actor: "alice", before: '{"officialImages":true}', after: '{"officialImages":false}' },
  });
});

/** Whoever hears of a finding in an image that alice and bob maintain. */
async function writtenTo(reader: unknown): Promise<readonly string[]> {
  const sent: { readonly to: string; readonly text: string }[] = [];
  const write = createFindingsLetters({
    mails: {
      isConfigured: true,
      async add(_trx, letter) {
        sent.push(letter);
        return `mail-${sent.length}` as MailId;
      },
    },
    ...{ url: "https://hub.example.com", isOn: true, clock: () => new Date() },
  });
  const finding = {
    ...{ id: "CVE-2023-44487", severity: "high", package: "nginx", version: "1.22.1-9" },
    ...{ fixedVersion: "1.22.1-9+deb12u1", digest: `sha256:${"0".repeat(64)}` },
  };
  await write(reader, {
    ...{ name: "nginx", author: -1, findings: [finding] },
    maintainers: ["Alice <alice@example.com>", "Bob <bob@example.com>"],
  } as unknown as AttentionNews);
  for (const { text } of sent)
    expect(text).toContain(
      "berth account mails --official-images off --hub https://hub.example.com",
    );
  return sent.map(({ to }) => to);
}
