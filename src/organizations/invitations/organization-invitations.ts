import type { Caller, Journal } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { MailState } from "../../platform/mail/index.ts";
import { removeInvitations, removeOldInvitations } from "../invitation-endings-store.ts";
import type { Organization } from "../organizations-store.ts";
import type { OrganizationTables } from "../tables.ts";
import {
  type Delivery,
  deliver,
  type InvitationHandOver,
  type InvitationLetterDeps,
} from "./invitation-letters.ts";
import { recordInvitation } from "./invitation-records.ts";
import {
  countInvitationsTo,
  findOrganizationInvitation,
  insertOrganizationInvitation,
  listOrganizationInvitations,
  type OrganizationInvitation,
  renewOrganizationInvitation,
} from "./invitations-store.ts";
import { judgeInvitee, type Verdict } from "./invitees.ts";
import { assertMayInvite, getOffer, inviterOf, type Offer } from "./offers.ts";

export interface InvitationDeps extends InvitationLetterDeps {
  readonly database: Database<OrganizationTables>;
  readonly journal: Journal;
  readonly lifetimeMs: number;
  readonly clock: () => Date;
  readonly randomId: () => string;
}

export interface InviteWish {
  /** Names of accounts, or addresses. */
  readonly invitees: readonly string[];
  readonly role: string;
  readonly teams: readonly string[];
}

export interface InviteOutcome {
  /** As it was asked for. */
  readonly invitee: string;
  readonly status: "invited" | "member" | "already-invited" | "invalid";
  readonly why?: string;
  /** None when nothing was to be changed. */
  readonly invitation?: InvitationView;
  readonly handOver?: InvitationHandOver | undefined;
}

export interface InvitationView extends OrganizationInvitation {
  /** How far its letter came, while that is known. */
  readonly mail: MailState | undefined;
}

type SentInvitation = InvitationView & Pick<Delivery, "handOver">;
type Trx = Parameters<Parameters<Database<OrganizationTables>["write"]>[0]>[0];

/** Of invitations that are in force: all of them fit on a page. */
const PER_ORGANIZATION = 1000;
/** In one transaction: a thousand letters do not hold up the pushes of others. */
const AT_ONCE = 50;
/** One that has expired can still be sent again for a while. */
const KEPT_MS = 30 * 24 * 3_600_000;

/** What those do who manage the people of an organization. Whether the caller is one of them is decided before. */
export class OrganizationInvitations {
  readonly #deps: InvitationDeps;

  constructor(deps: InvitationDeps) {
    this.#deps = deps;
  }

  /** What `invite` would come to, and nothing else. Throws NOT_FOUND for no such role or team, DENIED or TOO_MANY. */
  async check(
    organization: Organization,
    { invitees, ...wish }: InviteWish,
    { by }: Pick<Caller, "by">,
  ): Promise<readonly InviteOutcome[]> {
    const { reader } = this.#deps.database;
    inviterOf(by);
    const offer = await getOffer(reader, organization, wish);
    await assertMayInvite(reader, { ...offer, by });
    const seen = new Set<string>();
    const outcomes: InviteOutcome[] = [];
    for (const text of invitees) {
      const key = text.trim().toLowerCase();
      const verdict = await this.#judge(reader, organization, text);
      const isTwice = verdict.status === "free" && seen.has(key);
      seen.add(key);
      outcomes.push(
        isTwice ? { invitee: text, status: "already-invited" } : this.#foresee(text, verdict),
      );
    }
    await this.#assertRoom(reader, organization, outcomes);
    return outcomes;
  }

  /**
   * Invites those who can be, and says of each what became of it; a few at a time, so that whoever was cut off asks for
   * the same again. Throws what `check` throws.
   */
  async invite(
    organization: Organization,
    wish: InviteWish,
    caller: Caller,
  ): Promise<readonly InviteOutcome[]> {
    await this.check(organization, wish, caller);
    const { invitees } = wish;
    const outcomes: InviteOutcome[] = [];
    for (let at = 0; at < invitees.length; at += AT_ONCE) {
      const some = invitees.slice(at, at + AT_ONCE);
      outcomes.push(...(await this.#inviteSome(organization, { ...wish, invitees: some }, caller)));
    }
    return outcomes;
  }

  /** With a new secret and the whole time again, on the caller's own right. Throws NOT_FOUND, DENIED or TOO_MANY_REQUESTS. */
  async resend(organization: Organization, id: string, caller: Caller): Promise<SentInvitation> {
    const { database } = this.#deps;
    const inviter = inviterOf(caller.by);
    return await database.write(async (trx) => {
      const before = await getInvitation(trx, organization, id);
      await assertMayInvite(trx, { ...before, by: caller.by });
      const renewed = { ...before, inviter, expiresAt: this.#expiry() };
      const { mailId, handOver } = await deliver(trx, this.#deps, renewed);
      const invitation = { ...renewed, mailId };
      await renewOrganizationInvitation(trx, invitation);
      await this.#record(trx, { ...caller, action: "resend", invitation });
      return { ...invitation, mail: mailId && "waiting", handOver };
    });
  }

  /** What was sent for it opens nothing any more. Throws NOT_FOUND. */
  async cancel(organization: Organization, id: string, caller: Caller): Promise<void> {
    await this.#deps.database.write(async (trx) => {
      const invitation = await getInvitation(trx, organization, id);
      await removeInvitations(trx, [id]);
      await this.#record(trx, { ...caller, action: "cancel", invitation });
    });
  }

  /** Also those whose time is over, while they can be sent again. */
  async list(
    { id }: Organization,
    page: { readonly last: string | undefined; readonly limit: number },
  ): Promise<readonly InvitationView[]> {
    const { database } = this.#deps;
    return await this.#withMail(await listOrganizationInvitations(database.reader, id, page));
  }

  /** All that can be accepted now. */
  async listPending({ id }: Pick<Organization, "id">): Promise<readonly OrganizationInvitation[]> {
    const { database, clock } = this.#deps;
    const page = { last: undefined, limit: PER_ORGANIZATION, endingAfter: clock() };
    return await listOrganizationInvitations(database.reader, id, page);
  }

  /** For whoever has nothing but its id; who may see it is the caller's business. Throws NOT_FOUND. */
  async get(id: string): Promise<OrganizationInvitation> {
    const found = await findOrganizationInvitation(this.#deps.database.reader, id);
    if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    return found;
  }

  async removeOld(): Promise<void> {
    const { database, clock } = this.#deps;
    const before = new Date(clock().getTime() - KEPT_MS);
    await database.write((trx) => removeOldInvitations(trx, before));
  }

  async #inviteSome(
    organization: Organization,
    { invitees, ...wish }: InviteWish,
    caller: Caller,
  ): Promise<readonly InviteOutcome[]> {
    return await this.#deps.database.write(async (trx) => {
      // Here and not before: the caller, the role or the team may be gone by now.
      const offer = await getOffer(trx, organization, wish);
      await assertMayInvite(trx, { ...offer, by: caller.by });
      const outcomes: InviteOutcome[] = [];
      for (const text of invitees) {
        const verdict = await this.#judge(trx, organization, text);
        outcomes.push(
          verdict.status === "free"
            ? await this.#inviteOne(trx, { ...caller, text, offer, verdict })
            : this.#foresee(text, verdict),
        );
      }
      // Another request may have taken the room that there was before.
      await this.#assertRoom(trx, organization, []);
      return outcomes;
    });
  }

  async #inviteOne(
    trx: Trx,
    wish: Caller & {
      readonly text: string;
      readonly offer: Offer;
      readonly verdict: Extract<Verdict, { status: "free" }>;
    },
  ): Promise<InviteOutcome> {
    const { text, offer, verdict, by, origin } = wish;
    const { randomId, clock } = this.#deps;
    const { invitee, former } = verdict;
    const planned = {
      ...{ ...offer, id: randomId(), invitee, inviter: inviterOf(by), mailId: undefined },
      ...{ createdAt: clock(), expiresAt: this.#expiry() },
    };
    const delivery = await this.#tryToDeliver(trx, planned);
    if (typeof delivery === "string") return { invitee: text, status: "invalid", why: delivery };
    if (former !== undefined) await removeInvitations(trx, [former.id]);
    const { mailId, handOver } = delivery;
    const invitation = { ...planned, mailId };
    await insertOrganizationInvitation(trx, invitation);
    await this.#record(trx, { by, origin, action: "send", invitation });
    const mail = mailId && ("waiting" as const);
    return { invitee: text, status: "invited", invitation: { ...invitation, mail }, handOver };
  }

  /** One mailbox that got too many letters keeps nobody else from being invited. */
  async #tryToDeliver(trx: Trx, planned: OrganizationInvitation): Promise<Delivery | string> {
    try {
      return await deliver(trx, this.#deps, planned);
    } catch (cause) {
      const isTooOften =
        cause instanceof ProblemError && cause.type === PROBLEMS.TOO_MANY_REQUESTS.type;
      if (!isTooOften) throw cause;
      return `too many letters went there lately: ${cause.message}`;
    }
  }

  async #judge(db: Trx, { id }: Organization, text: string): Promise<Verdict> {
    return await judgeInvitee(db, { organization: id, text, now: this.#deps.clock() });
  }

  #foresee(invitee: string, verdict: Verdict): InviteOutcome {
    if (verdict.status === "free") return { invitee, status: "invited" };
    if (verdict.status !== "already-invited") return { invitee, ...verdict };
    const { status, invitation } = verdict;
    return { invitee, status, invitation: { ...invitation, mail: undefined } };
  }

  async #assertRoom(
    db: Trx,
    { id, name }: Organization,
    plan: readonly InviteOutcome[],
  ): Promise<void> {
    const wanted = plan.filter(({ status }) => status === "invited").length;
    const there = await countInvitationsTo(db, id, this.#deps.clock());
    if (there + wanted <= PER_ORGANIZATION) return;
    const detail = `${there} invitations to ${name} wait to be accepted, and ${PER_ORGANIZATION} can: cancel some first`;
    throw new ProblemError(PROBLEMS.TOO_MANY, { detail });
  }

  async #withMail(found: readonly OrganizationInvitation[]): Promise<readonly InvitationView[]> {
    const states = await this.#deps.mails.statesOf(found.flatMap(({ mailId }) => mailId ?? []));
    return found.map((one) => ({ ...one, mail: one.mailId && states.get(one.mailId) }));
  }

  async #record(trx: Trx, deed: Parameters<typeof recordInvitation>[2]): Promise<void> {
    await recordInvitation(trx, this.#deps.journal, deed);
  }

  #expiry(): Date {
    return new Date(this.#deps.clock().getTime() + this.#deps.lifetimeMs);
  }
}

/** One of this organization: the id of another one's finds nothing. Throws NOT_FOUND. */
async function getInvitation(
  trx: Trx,
  organization: Organization,
  id: string,
): Promise<OrganizationInvitation> {
  const found = await findOrganizationInvitation(trx, id);
  if (found?.organization.id === organization.id) return found;
  throw new ProblemError(PROBLEMS.NOT_FOUND);
}
