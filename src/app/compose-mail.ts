import { readFile } from "node:fs/promises";
import type { Logger } from "pino";
import { OneTimeLinks } from "../accounts/index.ts";
import type { Config } from "../platform/config/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PeriodicJob } from "../platform/jobs/index.ts";
import type { Sealing } from "../platform/keys/index.ts";
import {
  createSmtpMailer,
  type Mailer,
  MailQueue,
  NO_MAILER,
  parseSender,
} from "../platform/mail/index.ts";
import type { HubTables } from "./stores.ts";

interface MailParts {
  readonly database: Database<HubTables>;
  readonly mailer: Mailer;
  readonly sealing: Sealing;
  readonly clock: () => Date;
  readonly randomId: () => string;
  readonly log: Logger;
}

export interface ComposedMail {
  readonly mails: MailQueue;
  readonly links: OneTimeLinks;
  readonly jobs: readonly PeriodicJob[];
}

const SECOND = 1000;
const HOUR = 3_600_000;

/** Who carries the hub's mail: nobody unless both a server and the address that links begin with are configured. */
export async function createMailer({ mail, url }: Pick<Config, "mail" | "url">): Promise<Mailer> {
  const { host, port, security, ca, user, password } = mail;
  const from = parseSender(mail.from ?? "");
  // A link that began with whatever Host a request names could lead to somebody else's hub.
  if (host === undefined || from === undefined || url === undefined) return NO_MAILER;
  const login = user === undefined || password === undefined ? undefined : { user, password };
  const authorities = ca === undefined ? undefined : await readFile(ca, "utf8");
  return createSmtpMailer({ host, port, security, login, from, authorities });
}

/** The queue of mails, the secrets that they carry, and the work of sending and forgetting them. */
export function composeMail(parts: MailParts): ComposedMail {
  const mails = new MailQueue(parts);
  const links = new OneTimeLinks(parts);
  return {
    mails,
    links,
    jobs: [
      { name: "send mail", everyMs: SECOND / 2, run: (signal) => mails.send(signal) },
      { name: "trim mail", everyMs: HOUR, run: () => mails.trim() },
      {
        name: "forget expired links",
        everyMs: HOUR,
        run: () => parts.database.write((trx) => links.removeExpired(trx)),
      },
    ],
  };
}
