import { z } from "zod";
import type { Journal, Origin, Principal } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { findConflict } from "../../namespaces/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import {
  confirmationLetter,
  knownAddressLetter,
  type MailQueue,
} from "../../platform/mail/index.ts";
import type { Accounts, Newcomer } from "../accounts.ts";
import { type Account, type AccountTables, listAccountsByEmail } from "../accounts-store.ts";
import { LINK_PURPOSES } from "../link-purposes.ts";
import { LINK_ENDED, type OneTimeLinks } from "../one-time-links.ts";
import { hashPassword } from "../password-hash.ts";
import { assertFit } from "../passwords.ts";
import type { InvitationKind } from "./invitation-kind.ts";
import type { RequestGate } from "./request-gate.ts";

export type SignUpPolicy = "closed" | "invitation" | "open";

export interface SignUpDeps {
  readonly database: Database<AccountTables>;
  readonly accounts: Pick<Accounts, "admit" | "parseNewName">;
  readonly links: OneTimeLinks;
  readonly mails: MailQueue;
  readonly gate: RequestGate;
  readonly journal: Journal;
  /** Where clients reach the hub, without a slash at its end; there is one wherever mail is configured. */
  readonly hubUrl: string | undefined;
  readonly policy: SignUpPolicy;
  /** Each kind of invitation that lets somebody in: the hub's own, and whatever other capabilities have. */
  readonly invitations: readonly InvitationKind[];
  readonly clock: () => Date;
  readonly randomId: () => string;
}

export interface SignUpWish {
  readonly name: string;
  readonly password: string;
  readonly email: string | undefined;
}

/** `unconfirmed`: a letter is on its way, and the account is made when its link is opened. */
export type SignUpOutcome =
  | { readonly state: "created"; readonly account: Account }
  | { readonly state: "unconfirmed"; readonly name: string };

/** What waits for its address to be confirmed. */
const pendingSignUp = z.object({ name: z.string(), email: z.string(), passwordHash: z.string() });

const CONFIRM_MS = 24 * 3_600_000;

/**
 * How people make accounts for themselves. Where mail is configured, an account is made once its address is confirmed, and not
 * before: nobody holds a name, or shows up in a list, by an address that is not theirs. Whether an address has an account
 * already is told to its owner, by mail, and to nobody else; the work done is the same either way.
 */
export class SignUps {
  readonly #deps: SignUpDeps;

  constructor(deps: SignUpDeps) {
    this.#deps = deps;
  }

  /** Throws SIGN_UP_CLOSED, TOO_MANY_REQUESTS, NAME_INVALID, NAME_TAKEN or PASSWORD_UNFIT. */
  async signUp(wish: SignUpWish, origin: Origin): Promise<SignUpOutcome> {
    const { policy, gate, mails } = this.#deps;
    if (policy !== "open") throw closed(policy);
    gate.pass({ address: origin.address, addressee: wish.email });
    const newcomer = await this.#prepare(wish);
    if (mails.isConfigured && newcomer.email !== undefined) {
      await this.#askForConfirmation({ ...newcomer, email: newcomer.email });
      return { state: "unconfirmed", name: newcomer.name };
    }
    const account = await this.#deps.accounts.admit(
      newcomer,
      { by: selfOf(newcomer), origin },
      async () => undefined,
    );
    return { state: "created", account };
  }

  /** Throws what `signUp` throws, LINK_INVALID, or EMAIL_TAKEN, which only who was invited hears. */
  async acceptInvitation(
    { invitation: secret, ...wish }: SignUpWish & { readonly invitation: string },
    origin: Origin,
  ): Promise<SignUpOutcome> {
    const { policy, gate, accounts, links } = this.#deps;
    if (policy === "closed") throw closed(policy);
    gate.pass({ address: origin.address, addressee: undefined });
    const { kind, link, invited } = await this.#findInvitation(secret);
    if (wish.email !== undefined && wish.email.toLowerCase() !== invited.email.toLowerCase()) {
      const detail =
        "the invitation is for another address: sign up with that one, or leave it out";
      throw new ProblemError(PROBLEMS.LINK_INVALID, { detail });
    }
    const newcomer = { ...(await this.#prepare(wish)), ...invited };
    const by = { by: selfOf(newcomer), origin };
    const account = await accounts.admit(newcomer, by, async (trx, made) => {
      await links.use(trx, { purpose: kind.purpose, secret });
      await kind.accept(trx, link.subject, { ...by, account: made });
    });
    return { state: "created", account };
  }

  /** Makes the account of a confirmed address. Throws LINK_INVALID, SIGN_UP_CLOSED, NAME_TAKEN or EMAIL_TAKEN. */
  async confirm(secret: string, origin: Origin): Promise<Account> {
    const { policy, links, accounts, database } = this.#deps;
    const claim = { purpose: LINK_PURPOSES.signUp, secret };
    const { payload } = await links.get(database.reader, claim);
    if (policy !== "open") throw closed(policy);
    const newcomer = { ...pendingSignUp.parse(JSON.parse(payload)), isEmailConfirmed: true };
    const by = { by: selfOf(newcomer), origin };
    return await accounts.admit({ ...newcomer, role: undefined }, by, async (trx) => {
      await links.use(trx, claim);
    });
  }

  /** Everything that can be wrong with it is found now, and its password is hashed. */
  async #prepare(wish: SignUpWish): Promise<Newcomer> {
    const { accounts, database, clock } = this.#deps;
    const name = accounts.parseNewName(wish.name);
    const conflict = await findConflict(database.reader, name, { now: clock() });
    if (conflict !== undefined) {
      const detail = `"${name}" is taken, was until lately, or would be taken for another name`;
      throw new ProblemError(PROBLEMS.NAME_TAKEN, { detail });
    }
    assertFit(wish.password, name);
    const passwordHash = await hashPassword(wish.password);
    return { name, passwordHash, email: wish.email, isEmailConfirmed: false, role: undefined };
  }

  /** A link is made for an address that has an account too, and goes nowhere: both cost the same. */
  async #askForConfirmation(newcomer: Newcomer & { readonly email: string }): Promise<void> {
    const { database, links, mails, randomId, clock, hubUrl = "" } = this.#deps;
    const { name, email, passwordHash } = newcomer;
    const expiresAt = new Date(clock().getTime() + CONFIRM_MS);
    await database.write(async (trx) => {
      const secret = await links.make(trx, {
        purpose: LINK_PURPOSES.signUp,
        subject: randomId(),
        payload: JSON.stringify({ name, email, passwordHash }),
        expiresAt,
      });
      const known = await listAccountsByEmail(trx, email);
      const letter =
        known.length === 0
          ? confirmationLetter({ hubUrl, name, secret, expiresAt })
          : knownAddressLetter({ hubUrl, names: known.map((account) => account.name) });
      await mails.add(trx, { ...letter, to: email, expiresAt });
    });
  }

  async #findInvitation(secret: string) {
    const { invitations, links, database } = this.#deps;
    for (const kind of invitations) {
      const link = await links.find(database.reader, { purpose: kind.purpose, secret });
      if (link !== undefined)
        return { kind, link, invited: await kind.get(database.reader, link.subject) };
    }
    throw new ProblemError(PROBLEMS.LINK_INVALID, { detail: LINK_ENDED });
  }
}

function selfOf({ name }: { readonly name: string }): Principal {
  return { kind: "anonymous", name };
}

function closed(policy: SignUpPolicy): ProblemError {
  const detail =
    policy === "invitation"
      ? "this hub lets people in by invitation: ask an administrator for one"
      : "accounts of this hub are made by its administrators";
  return new ProblemError(PROBLEMS.SIGN_UP_CLOSED, { detail });
}
