import type { Kysely } from "kysely";
import type { MailId, MailQueue, MailTables } from "../../platform/mail/index.ts";

/** What a person passes on where the hub cannot: shown once. */
export interface HandOver {
  readonly secret: string;
  /** Only a hub that knows its own address knows a link to itself. */
  readonly link: string | undefined;
  /** What does the same at a command line. */
  readonly command: string;
}

/** A secret on its way: by mail, or in the hands of whoever made it. */
export type Passage = { readonly mailId: MailId } | { readonly handOver: HandOver };

export interface LetterAbout {
  readonly to: string;
  readonly expiresAt: Date;
  /** Called where mail is configured, and so the hub's address. */
  readonly write: (hubUrl: string) => { readonly subject: string; readonly text: string };
  readonly handOver: HandOver;
}

/** Sends it, in the transaction of its cause, or gives it back. */
export async function passOn(
  trx: Kysely<MailTables>,
  { mails, hubUrl }: { readonly mails: MailQueue; readonly hubUrl: string | undefined },
  { to, expiresAt, write, handOver }: LetterAbout,
): Promise<Passage> {
  if (!mails.isConfigured || hubUrl === undefined) return { handOver };
  return { mailId: await mails.add(trx, { ...write(hubUrl), to, expiresAt }) };
}
