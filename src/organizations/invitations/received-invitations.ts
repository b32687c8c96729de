import type { Kysely } from "kysely";
import type { Caller, Journal } from "../../access/index.ts";
import {
  type Account,
  findAccount,
  type InvitationKind,
  type OneTimeLinks,
} from "../../accounts/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import {
  INVITATION_LINK,
  removeInvitations,
  removeInvitationsOf,
} from "../invitation-endings-store.ts";
import { findMember, putMember } from "../organizations-store.ts";
import type { OrganizationTables } from "../tables.ts";
import { addToTeam } from "../teams-store.ts";
import { recordInvitation } from "./invitation-records.ts";
import {
  findOrganizationInvitation,
  listInvitationsFor,
  type OrganizationInvitation,
} from "./invitations-store.ts";
import { findFault } from "./offers.ts";

interface ReceivedInvitationDeps {
  readonly database: Database<OrganizationTables>;
  readonly links: OneTimeLinks;
  readonly journal: Journal;
  /** Called after each committed change of what anybody may do. */
  readonly onChange: () => void;
  readonly clock: () => Date;
}

type Trx = Kysely<OrganizationTables>;
type Acceptance = Caller & { readonly account: Pick<Account, "id" | "name"> };

/** What whoever is invited to an organization does with it. */
export class ReceivedInvitations {
  readonly #deps: ReceivedInvitationDeps;

  constructor(deps: ReceivedInvitationDeps) {
    this.#deps = deps;
  }

  /** What names the account, or an address that is known to be its owner's. */
  async list(
    { id, email, isEmailConfirmed }: Account,
    page: { readonly last: string | undefined; readonly limit: number },
  ): Promise<readonly OrganizationInvitation[]> {
    const { database, clock } = this.#deps;
    const whose = { id, email: isEmailConfirmed ? email : undefined };
    return await listInvitationsFor(database.reader, whose, { ...page, endingAfter: clock() });
  }

  /** Throws NOT_FOUND for one that is somebody else's, and INVITATION_VOID. */
  async accept(
    { id }: Account,
    invitation: string,
    caller: Caller,
  ): Promise<OrganizationInvitation> {
    const accepted = await this.#deps.database.write(async (trx) => {
      const { account, invitation: found } = await getOwn(trx, id, invitation);
      await this.#join(trx, found, { ...caller, account });
      return found;
    });
    this.#deps.onChange();
    return accepted;
  }

  /**
   * By whoever holds the link, whatever address it went to: whom it was sent to may have an account with another one.
   * Throws LINK_INVALID or INVITATION_VOID, and then the link is not used up.
   */
  async acceptLink(
    { id }: Account,
    secret: string,
    caller: Caller,
  ): Promise<OrganizationInvitation> {
    const accepted = await this.#deps.database.write(async (trx) => {
      const link = await this.#deps.links.use(trx, { purpose: INVITATION_LINK, secret });
      const found = await getLinked(trx, link.subject);
      const account = await findAccount(trx, id);
      if (account === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
      await this.#join(trx, found, { ...caller, account });
      return found;
    });
    this.#deps.onChange();
    return accepted;
  }

  /** Throws NOT_FOUND. */
  async decline({ id }: Account, invitation: string, caller: Caller): Promise<void> {
    const { database, journal } = this.#deps;
    await database.write(async (trx) => {
      const { account, invitation: found } = await getOwn(trx, id, invitation);
      await removeInvitations(trx, [found.id]);
      const deed = { ...caller, invitation: found, account: account.name };
      await recordInvitation(trx, journal, { ...deed, action: "decline" });
    });
  }

  /** For those who sign up with one. */
  toKind(): InvitationKind {
    return {
      purpose: INVITATION_LINK,
      get: async (db, id) => {
        const invitation = await this.#getForNewcomer(db as unknown as Trx, id);
        const { email, inviter, mailId } = invitation;
        const giver = await findAccount(db, inviter.id);
        // Whoever was handed the link need not read that mail: an owner would get the address of anybody. Only those vouch
        // for addresses who make accounts.
        const isEmailConfirmed = mailId !== undefined || giver?.role === "administrator";
        return { email, role: undefined, isEmailConfirmed };
      },
      // Nothing is remembered of what a new account may do, so there is nothing to forget.
      accept: async (trx, id, accepted) => {
        const own = trx as unknown as Trx;
        await this.#join(own, await this.#getForNewcomer(own, id), accepted);
      },
    };
  }

  /** Throws LINK_INVALID, with the reason: whoever asks holds the secret. */
  async #getForNewcomer(db: Trx, id: string) {
    const invitation = await getLinked(db, id);
    const fault = await this.#findFault(db, invitation);
    const { invitee } = invitation;
    if (fault === undefined && invitee.kind === "address")
      return { ...invitation, email: invitee.email };
    throw new ProblemError(PROBLEMS.LINK_INVALID, fault === undefined ? {} : { detail: fault });
  }

  /** Everything that was true when it was sent is looked at again. Throws INVITATION_VOID. */
  async #join(trx: Trx, invitation: OrganizationInvitation, acceptance: Acceptance): Promise<void> {
    const { account, by, origin } = acceptance;
    const { organization, role, teams } = invitation;
    const fault = await this.#findFault(trx, invitation);
    if (fault !== undefined) throw voided(fault);
    if ((await findMember(trx, organization.id, account.id)) !== undefined)
      throw voided(`${account.name} is in ${organization.name} already`);
    // Of two who accept the same one, one does; others for the same person have nothing left to give.
    if ((await removeInvitations(trx, [invitation.id])) === 0)
      throw voided("somebody else was faster");
    await removeInvitationsOf(trx, account.id, organization.id);
    const { journal, clock } = this.#deps;
    await putMember(trx, {
      organization: organization.id,
      account: account.id,
      role,
      now: clock(),
    });
    await recordInvitation(trx, journal, {
      ...{ by, origin, invitation, account: account.name, action: "accept" },
    });
    const deed = { by, origin, account: organization.name };
    const after = { role: role.name, invitedBy: invitation.inviter.name };
    await journal.record(trx, { ...deed, action: "org.member.add", name: account.name, after });
    for (const team of teams) {
      await addToTeam(trx, team.id, account.id);
      const name = `${team.name}/${account.name}`;
      await journal.record(trx, { ...deed, action: "org.team.member.add", name });
    }
  }

  async #findFault(db: Trx, invitation: OrganizationInvitation): Promise<string | undefined> {
    const { expiresAt, organization } = invitation;
    if (expiresAt <= this.#deps.clock())
      return `its time is over: ask an owner of ${organization.name} to send it again`;
    return await findFault(db, invitation);
  }
}

function voided(detail: string): ProblemError {
  return new ProblemError(PROBLEMS.INVITATION_VOID, { detail });
}

async function getLinked(db: Trx, id: string): Promise<OrganizationInvitation> {
  const found = await findOrganizationInvitation(db, id);
  if (found !== undefined) return found;
  throw new ProblemError(PROBLEMS.LINK_INVALID);
}

/** The account as it is now: its address may have changed since the request came. Throws NOT_FOUND. */
async function getOwn(trx: Trx, id: Account["id"], wanted: string) {
  const account = await findAccount(trx, id);
  const invitation = await findOrganizationInvitation(trx, wanted);
  if (account === undefined || invitation === undefined || !isFor(invitation, account))
    throw new ProblemError(PROBLEMS.NOT_FOUND);
  return { account, invitation };
}

function isFor({ invitee }: OrganizationInvitation, account: Account): boolean {
  if (invitee.kind === "account") return invitee.account.id === account.id;
  return account.isEmailConfirmed && account.email?.toLowerCase() === invitee.email;
}
