import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Caller, Deed, Journal, Origin, Principal } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import {
  type MailQueue,
  passwordLetter,
  resetCommand,
  resetLink,
} from "../../platform/mail/index.ts";
import type { Accounts } from "../accounts.ts";
import {
  type Account,
  type AccountTables,
  type AccountWithPassword,
  findAccountByName,
  listAccountsByEmail,
} from "../accounts-store.ts";
import { LINK_PURPOSES, passwordLinksOf } from "../link-purposes.ts";
import { LINK_ENDED, type OneTimeLinks } from "../one-time-links.ts";
import type { HandOver } from "./hand-over.ts";
import type { RequestGate } from "./request-gate.ts";
import {
  insertResetRequest,
  listResetRequests,
  type ResetRequest,
  takeResetRequest,
} from "./reset-requests-store.ts";

interface PasswordResetDeps {
  readonly database: Database<AccountTables>;
  readonly accounts: Pick<Accounts, "find" | "setPassword">;
  readonly links: OneTimeLinks;
  readonly mails: MailQueue;
  readonly gate: RequestGate;
  readonly journal: Journal;
  readonly hubUrl: string | undefined;
  readonly clock: () => Date;
  readonly randomId: () => string;
  readonly log: Logger;
}

const LIFETIME_MS = 3_600_000;
const AT_ONCE = 50;

/**
 * A new password for those who do not know theirs. Whoever asks is answered before anybody looks whose name it is, so neither
 * the answer nor its time can tell.
 */
export class PasswordResets {
  readonly #deps: PasswordResetDeps;

  constructor(deps: PasswordResetDeps) {
    this.#deps = deps;
  }

  /** Throws MAIL_NOT_CONFIGURED or TOO_MANY_REQUESTS, whether there is such an account or not. */
  async request(claim: string, origin: Origin): Promise<void> {
    const { mails, gate, database, randomId, clock } = this.#deps;
    if (!mails.isConfigured) {
      const detail =
        "ask an administrator of the hub: `berth user reset-password NAME` makes a link";
      throw new ProblemError(PROBLEMS.MAIL_NOT_CONFIGURED, { detail });
    }
    gate.pass({ address: origin.address, addressee: claim });
    const { address, client } = origin;
    const request = { id: randomId(), claim, address, client, createdAt: clock() };
    await database.write((trx) => insertResetRequest(trx, request));
  }

  /** Writes to those who asked, and to nobody for names that are nobody's. */
  async answer(): Promise<void> {
    const { database, log } = this.#deps;
    for (const request of await listResetRequests(database.reader, AT_ONCE)) {
      try {
        await this.#answerOne(request);
      } catch (cause) {
        // One that cannot be answered keeps nobody else waiting; whoever asked may ask again.
        log.error({ err: cause }, "request for a new password not answered");
        await database.write((trx) => takeResetRequest(trx, request.id));
      }
    }
  }

  async #answerOne(request: ResetRequest): Promise<void> {
    await this.#deps.database.write(async (trx) => {
      // Another process was faster.
      if (!(await takeResetRequest(trx, request.id))) return;
      for (const account of await findClaimed(trx, request.claim)) {
        if (canReset(account)) await this.#write(trx, account, request);
      }
    });
  }

  /** A link for an administrator to hand over. */
  async issue(account: Account, caller: Caller): Promise<HandOver & { readonly expiresAt: Date }> {
    const { database, hubUrl } = this.#deps;
    const { secret, expiresAt } = await database.write(async (trx) => {
      await this.#record(trx, account, { ...caller, action: "account.password.reset.issue" });
      return await this.#makeLink(trx, account.id);
    });
    const link = hubUrl === undefined ? undefined : resetLink(hubUrl, secret);
    return { secret, link, command: resetCommand(hubUrl, secret), expiresAt };
  }

  /** Ends sessions and lasting logins as any change of the password does. Throws LINK_INVALID or PASSWORD_UNFIT. */
  async confirm(
    { secret, password }: { readonly secret: string; readonly password: string },
    origin: Origin,
  ): Promise<Account> {
    const { database, links, accounts } = this.#deps;
    const claim = { purpose: LINK_PURPOSES.password, secret };
    const { subject } = await links.get(database.reader, claim);
    const account = await accounts.find(Number(subject) as NamespaceId);
    if (account === undefined || account.isDisabled)
      throw new ProblemError(PROBLEMS.LINK_INVALID, { detail: LINK_ENDED });
    const by = ownerOf(account);
    await accounts.setPassword(account, {
      ...{ password, by, origin },
      also: async (trx) => {
        await links.use(trx, claim);
        await this.#record(trx, account, { by, origin, action: "account.password.reset" });
      },
    });
    return account;
  }

  async #write(trx: Kysely<AccountTables>, account: AccountWithPassword, request: ResetRequest) {
    const { mails, hubUrl, log } = this.#deps;
    const { name, email } = account;
    // Mail was configured when it was asked for, and is not any more: nothing can be done about it.
    if (!mails.isConfigured || hubUrl === undefined || email === undefined) return;
    const { address, client } = request;
    const { secret, expiresAt } = await this.#makeLink(trx, account.id);
    await mails.add(trx, {
      ...passwordLetter({ hubUrl, name, secret, expiresAt }),
      ...{ to: email, expiresAt },
    });
    const caller = { by: ownerOf(account), origin: { address, client } };
    await this.#record(trx, account, { ...caller, action: "account.password.reset.request" });
    log.info({ account: name }, "link to a new password mailed");
  }

  async #makeLink(trx: Kysely<AccountTables>, id: NamespaceId) {
    const expiresAt = new Date(this.#deps.clock().getTime() + LIFETIME_MS);
    const secret = await this.#deps.links.make(trx, { ...passwordLinksOf(id), expiresAt });
    return { secret, expiresAt };
  }

  async #record(
    trx: Kysely<AccountTables>,
    { name }: Account,
    deed: Caller & { readonly action: Deed["action"] },
  ): Promise<void> {
    await this.#deps.journal.record(trx, { ...deed, account: name, name });
  }
}

async function findClaimed(
  trx: Kysely<AccountTables>,
  claim: string,
): Promise<readonly AccountWithPassword[]> {
  if (claim.includes("@")) return await listAccountsByEmail(trx, claim);
  const account = await findAccountByName(trx, claim.toLowerCase());
  return account === undefined ? [] : [account];
}

/** Who logs in elsewhere has no password here to forget. */
function canReset({ isDisabled, isEmailConfirmed, password }: AccountWithPassword): boolean {
  return !isDisabled && isEmailConfirmed && password !== undefined;
}

/** Somebody who has not logged in, and holds what went to the owner. */
function ownerOf({ name }: Account): Principal {
  return { kind: "anonymous", name };
}
