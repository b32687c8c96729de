import type { Kysely } from "kysely";
import { findAccount, listAccountsByEmail, RequestGate } from "../accounts/index.ts";
import type { AttentionNews } from "../builds/index.ts";
import { type MailQueue, vulnerableImageLetter } from "../platform/mail/index.ts";
import type { HubTables } from "./stores.ts";

interface LetterParts {
  readonly mails: Pick<MailQueue, "add" | "isConfigured">;
  /** Where clients reach the hub, when it was told. */
  readonly url: string | undefined;
  /** `builds.officialMails`. */
  readonly isOn: boolean;
  readonly clock: () => Date;
}

const LISTED = 20;
const READERS = 20;
/** Later than that they have heard of it otherwise, or it is mended. */
const OF_USE_MS = 7 * 24 * 3_600_000;

/**
 * Writes to the maintainers of an official image what was found in it, in the transaction that notes it: one mail for each set of
 * findings. Definitions may name anybody, so that only confirmed addresses of accounts of this hub are written to.
 */
export function createFindingsLetters(
  parts: LetterParts,
): (trx: unknown, news: AttentionNews) => Promise<void> {
  const { mails, isOn, clock } = parts;
  const hubUrl = parts.url?.replace(/\/+$/, "");
  const gate = new RequestGate(parts);
  return async (trx, news) => {
    if (!isOn || hubUrl === undefined || !mails.isConfigured) return;
    const db = trx as Kysely<HubTables>;
    const letter = vulnerableImageLetter({
      ...{ hubUrl, image: news.name, findings: news.findings.slice(0, LISTED) },
      more: Math.max(0, news.findings.length - LISTED),
    });
    const expiresAt = new Date(clock().getTime() + OF_USE_MS);
    // What is left out is told by webhooks, the audit trail and the list of images.
    for (const to of await listReaders(db, news))
      if (gate.mayWriteTo(to)) await mails.add(db, { ...letter, to, expiresAt });
  };
}

/** Who submitted it, and whom its definition names: those of them who want it, and whose address it is known to be. */
async function listReaders(
  db: Kysely<HubTables>,
  { author, maintainers }: Pick<AttentionNews, "author" | "maintainers">,
): Promise<readonly string[]> {
  const named = maintainers
    .slice(0, READERS)
    .flatMap((line) => /<([^<>\s]+@[^<>\s]+)>/.exec(line)?.[1] ?? []);
  const accounts = [await findAccount(db, author)];
  for (const address of named) accounts.push(...(await listAccountsByEmail(db, address)));
  const addresses = accounts.flatMap((account) =>
    account?.isEmailConfirmed === true &&
    !account.isDisabled &&
    account.wantsOfficialMails &&
    account.email !== undefined
      ? [account.email.toLowerCase()]
      : [],
  );
  return [...new Set(addresses)].slice(0, READERS);
}
