import type { Caller, Origin } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import {
  addressChangedLetter,
  confirmationLetter,
  type MailQueue,
} from "../../platform/mail/index.ts";
import type { Accounts } from "../accounts.ts";
import type { Account, AccountTables } from "../accounts-store.ts";
import { LINK_PURPOSES } from "../link-purposes.ts";
import { LINK_ENDED, type OneTimeLinks } from "../one-time-links.ts";
import type { RequestGate } from "./request-gate.ts";

interface EmailChangeDeps {
  readonly database: Database<AccountTables>;
  readonly accounts: Pick<Accounts, "find" | "setEmail">;
  readonly links: OneTimeLinks;
  readonly mails: MailQueue;
  readonly gate: RequestGate;
  readonly hubUrl: string | undefined;
  readonly clock: () => Date;
}

const CONFIRM_MS = 24 * 3_600_000;
const NOTICE_MS = 3 * 24 * 3_600_000;

/** The address that an account's owner gives: in force once a link that went there was opened, where mail is configured. */
export class EmailChanges {
  readonly #deps: EmailChangeDeps;

  constructor(deps: EmailChangeDeps) {
    this.#deps = deps;
  }

  /** `unconfirmed`: the former address stays until then. Throws TOO_MANY_REQUESTS. */
  async request(
    account: Account,
    email: string,
    caller: Caller,
  ): Promise<"changed" | "unconfirmed"> {
    const { mails, gate, accounts, database, links, hubUrl = "", clock } = this.#deps;
    if (!mails.isConfigured) {
      const change = { email, isConfirmed: false, also: async () => undefined, ...caller };
      await accounts.setEmail(account.id, change);
      return "changed";
    }
    gate.pass({ address: caller.origin.address, addressee: email });
    const expiresAt = new Date(clock().getTime() + CONFIRM_MS);
    const { name } = account;
    await database.write(async (trx) => {
      const wish = { purpose: LINK_PURPOSES.email, subject: String(account.id), payload: email };
      const secret = await links.make(trx, { ...wish, expiresAt });
      const letter = confirmationLetter({ hubUrl, name, secret, expiresAt });
      await mails.add(trx, { ...letter, to: email, expiresAt });
    });
    return "unconfirmed";
  }

  async knows(secret: string): Promise<boolean> {
    const { links, database } = this.#deps;
    return (
      (await links.find(database.reader, { purpose: LINK_PURPOSES.email, secret })) !== undefined
    );
  }

  /** Throws LINK_INVALID or EMAIL_TAKEN. */
  async confirm(secret: string, origin: Origin): Promise<Account> {
    const { database, links, accounts, mails, hubUrl, clock } = this.#deps;
    const claim = { purpose: LINK_PURPOSES.email, secret };
    const { subject, payload: email } = await links.get(database.reader, claim);
    const account = await accounts.find(Number(subject) as NamespaceId);
    if (account === undefined || account.isDisabled)
      throw new ProblemError(PROBLEMS.LINK_INVALID, { detail: LINK_ENDED });
    return await accounts.setEmail(account.id, {
      ...{ email, isConfirmed: true, by: { kind: "anonymous", name: account.name }, origin },
      also: async (trx, before) => {
        await links.use(trx, claim);
        const isKnown = before.isEmailConfirmed && before.email !== undefined;
        if (!isKnown || before.email === email || !mails.isConfigured || hubUrl === undefined)
          return;
        const expiresAt = new Date(clock().getTime() + NOTICE_MS);
        const letter = addressChangedLetter({ hubUrl, name: before.name });
        await mails.add(trx, { ...letter, to: before.email, expiresAt });
      },
    });
  }
}
