import type { Kysely } from "kysely";
import type { Caller, Deed, Journal } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import {
  invitationLetter,
  type MailQueue,
  type MailState,
  signUpCommand,
  signUpLink,
} from "../../platform/mail/index.ts";
import {
  type AccountTables,
  findAccountByName,
  type HubRole,
  listAccountsByEmail,
} from "../accounts-store.ts";
import { LINK_PURPOSES } from "../link-purposes.ts";
import { LINK_ENDED, type OneTimeLinks } from "../one-time-links.ts";
import { type HandOver, passOn } from "./hand-over.ts";
import type { InvitationKind } from "./invitation-kind.ts";
import {
  countInvitations,
  findInvitation,
  findInvitationOf,
  type Invitation,
  insertInvitation,
  listInvitations,
  removeInvitation,
  removeOldInvitations,
  renewInvitation,
} from "./invitations-store.ts";

interface InvitationDeps {
  readonly database: Database<AccountTables>;
  readonly links: OneTimeLinks;
  readonly mails: MailQueue;
  readonly journal: Journal;
  readonly hubUrl: string | undefined;
  readonly isSignUpClosed: boolean;
  readonly lifetimeMs: number;
  readonly clock: () => Date;
  readonly randomId: () => string;
}

export interface InvitationView extends Invitation {
  /** How far its letter came, while that is known. */
  readonly mail: MailState | undefined;
  readonly handOver?: HandOver;
}

type Trx = Kysely<AccountTables>;

const IN_ALL = 10_000;
/** One that has expired can still be sent again for a while. */
const KEPT_MS = 30 * 24 * 3_600_000;

/** To the hub itself, by its administrators: bound to an address, for one account. */
export class Invitations {
  readonly #deps: InvitationDeps;

  constructor(deps: InvitationDeps) {
    this.#deps = deps;
  }

  /** Throws SIGN_UP_CLOSED, INVITED_ALREADY, EMAIL_TAKEN or TOO_MANY. */
  async create(
    wish: { readonly email: string; readonly role?: HubRole | undefined },
    caller: Caller,
  ): Promise<InvitationView> {
    const { database, randomId, clock } = this.#deps;
    this.#assertOpen();
    const email = wish.email.toLowerCase();
    const invitation = {
      ...{ id: randomId(), email, role: wish.role, invitedBy: caller.by.name },
      ...{ createdAt: clock(), expiresAt: this.#expiry() },
    };
    return await database.write(async (trx) => {
      await this.#assertInvitable(trx, email);
      const view = await this.#send(trx, { ...invitation, mailId: undefined });
      await insertInvitation(trx, view);
      await this.#record(trx, { ...caller, action: "invitation.create", about: invitation });
      return view;
    });
  }

  /** With a new secret and the whole time again; the former secret ends. Throws NOT_FOUND or SIGN_UP_CLOSED. */
  async resend(id: string, caller: Caller): Promise<InvitationView> {
    this.#assertOpen();
    return await this.#deps.database.write(async (trx) => {
      const invitation = await getInvitation(trx, id);
      const view = await this.#send(trx, { ...invitation, expiresAt: this.#expiry() });
      await renewInvitation(trx, id, view);
      await this.#record(trx, { ...caller, action: "invitation.resend", about: view });
      return view;
    });
  }

  /** Throws NOT_FOUND. */
  async withdraw(id: string, caller: Caller): Promise<void> {
    await this.#deps.database.write(async (trx) => {
      const invitation = await getInvitation(trx, id);
      await this.#end(trx, id);
      await this.#record(trx, { ...caller, action: "invitation.withdraw", about: invitation });
    });
  }

  async list(page: {
    readonly last: string | undefined;
    readonly limit: number;
  }): Promise<readonly InvitationView[]> {
    const found = await listInvitations(this.#deps.database.reader, page);
    const states = await this.#deps.mails.statesOf(found.flatMap(({ mailId }) => mailId ?? []));
    return found.map((one) => ({ ...one, mail: one.mailId && states.get(one.mailId) }));
  }

  async removeOld(): Promise<void> {
    const { database, clock } = this.#deps;
    const before = new Date(clock().getTime() - KEPT_MS);
    await database.write((trx) => removeOldInvitations(trx, before));
  }

  /** For those who sign up with one. */
  toKind(): InvitationKind {
    return {
      purpose: LINK_PURPOSES.invitation,
      // Administrators vouch for the addresses that they give, also where they hand a link over.
      get: async (db, id) => {
        const { email, role } = await getBacked(db, id);
        return { email, role, isEmailConfirmed: true };
      },
      accept: async (trx, id, { account, ...caller }) => {
        // Its giver may have lost the role while the password was hashed.
        const invitation = await getBacked(trx, id);
        await this.#end(trx, id);
        const { name } = account;
        await this.#record(trx, {
          ...caller,
          action: "invitation.accept",
          about: invitation,
          name,
        });
      },
    };
  }

  async #send(trx: Trx, invitation: Invitation): Promise<InvitationView> {
    const { links, hubUrl } = this.#deps;
    const { id, email, expiresAt, invitedBy: by } = invitation;
    const purpose = LINK_PURPOSES.invitation;
    const secret = await links.make(trx, { purpose, subject: id, expiresAt });
    const passage = await passOn(trx, this.#deps, {
      to: email,
      expiresAt,
      write: (url) => invitationLetter({ hubUrl: url, by, secret, expiresAt }),
      handOver: {
        secret,
        link: hubUrl === undefined ? undefined : signUpLink(hubUrl, secret),
        command: signUpCommand(hubUrl, secret),
      },
    });
    if ("mailId" in passage) return { ...invitation, ...passage, mail: "waiting" };
    return { ...invitation, ...passage, mailId: undefined, mail: undefined };
  }

  async #end(trx: Trx, id: string): Promise<void> {
    await this.#deps.links.revoke(trx, { purpose: LINK_PURPOSES.invitation, subject: id });
    await removeInvitation(trx, id);
  }

  #expiry(): Date {
    return new Date(this.#deps.clock().getTime() + this.#deps.lifetimeMs);
  }

  #assertOpen(): void {
    if (!this.#deps.isSignUpClosed) return;
    const detail =
      "set access.signUp to invitation or open, or make the account by `berth user create`";
    throw new ProblemError(PROBLEMS.SIGN_UP_CLOSED, { detail });
  }

  async #assertInvitable(trx: Trx, email: string): Promise<void> {
    const [known] = await listAccountsByEmail(trx, email);
    if (known !== undefined) {
      const detail = `${email} is the address of ${known.name}`;
      throw new ProblemError(PROBLEMS.EMAIL_TAKEN, { detail });
    }
    const before = await findInvitationOf(trx, email);
    if (before !== undefined && before.expiresAt > this.#deps.clock()) {
      const detail = `send it again by \`berth user invite --again ${before.id}\``;
      throw new ProblemError(PROBLEMS.INVITED_ALREADY, { detail });
    }
    if (before !== undefined) await this.#end(trx, before.id);
    if ((await countInvitations(trx)) >= IN_ALL)
      throw new ProblemError(PROBLEMS.TOO_MANY, { detail: "withdraw some that nobody accepts" });
  }

  async #record(
    trx: Trx,
    deed: Caller & {
      readonly action: Deed["action"];
      readonly about: Pick<Invitation, "id" | "email" | "role">;
      /** Of the account that came of it. */
      readonly name?: string;
    },
  ): Promise<void> {
    const { action, about, name, by, origin } = deed;
    const { id, email, role = null } = about;
    const after = { id, role, ...(name === undefined ? {} : { name }) };
    const account = name ?? by.name;
    await this.#deps.journal.record(trx, { action, by, origin, account, name: email, after });
  }
}

/** A role is worth what its giver may give now: who is no administrator any more has left no door behind. */
async function isBacked(db: Trx, { role, invitedBy }: Invitation): Promise<boolean> {
  if (role === undefined) return true;
  const giver = await findAccountByName(db, invitedBy);
  return giver?.role === "administrator" && !giver.isDisabled;
}

/** Throws LINK_INVALID. */
async function getBacked(db: Trx, id: string): Promise<Invitation> {
  const invitation = await findInvitation(db, id);
  if (invitation !== undefined && (await isBacked(db, invitation))) return invitation;
  throw new ProblemError(PROBLEMS.LINK_INVALID, { detail: LINK_ENDED });
}

async function getInvitation(db: Trx, id: string): Promise<Invitation> {
  const invitation = await findInvitation(db, id);
  if (invitation === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
  return invitation;
}
