import type { Kysely } from "kysely";
import type { Principal } from "../../access/index.ts";
import { findAccount, toPersona } from "../../accounts/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Organization } from "../organizations-store.ts";
import { getRole } from "../roles/custom-roles-store.ts";
import { assertMayGive, assertMayGiveRole } from "../roles/seats.ts";
import type { OrganizationTables } from "../tables.ts";
import { assertMayJoin } from "../teams.ts";
import { findTeam } from "../teams-store.ts";
import type { InvitedTeam, OrganizationInvitation } from "./invitations-store.ts";

type Db = Kysely<OrganizationTables>;

/** What an invitation promises. */
export type Offer = Pick<OrganizationInvitation, "organization" | "role" | "teams">;

/** Throws NOT_FOUND for a role or a team that the organization does not have. */
export async function getOffer(
  db: Db,
  { id, name }: Organization,
  wish: { readonly role: string; readonly teams: readonly string[] },
): Promise<Offer> {
  const organization = { id, name };
  const role = await getRole(db, organization, wish.role);
  const teams: InvitedTeam[] = [];
  for (const word of new Set(wish.teams)) {
    const team = await findTeam(db, id, word);
    if (team === undefined) {
      const detail = `${name} has no team "${word}"`;
      throw new ProblemError(PROBLEMS.NOT_FOUND, { detail });
    }
    teams.push({ id: team.id, name: team.name });
  }
  return { organization, role, teams };
}

/** Whoever invites could also take the person in as what they are invited to be. Throws DENIED. */
export async function assertMayInvite(
  db: Db,
  offer: Offer & { readonly by: Principal },
): Promise<void> {
  const { organization, role, teams, by } = offer;
  const doing = "inviting somebody";
  await assertMayGive(db, { organization, by, doing, permissions: ["member.manage"] });
  await assertMayGiveRole(db, { organization, by, role, verb: "giving" });
  if (teams.length === 0) return;
  const doingSo = "inviting somebody into a team";
  await assertMayGive(db, { organization, by, doing: doingSo, permissions: ["team.manage"] });
  for (const team of teams) await assertMayJoin(db, { organization, team, by });
}

/**
 * Why an invitation is worth nothing now, though its time is not over. It stands on its giver's right, looked up when it is
 * used: who was sent away or holds less now has left no door behind.
 */
export async function findFault(
  db: Db,
  { inviter, ...offer }: OrganizationInvitation,
): Promise<string | undefined> {
  const ask = `ask an owner of ${offer.organization.name} for another one`;
  const account = await findAccount(db, inviter.id);
  if (account === undefined || account.isDisabled)
    return `${inviter.name}, who gave it, cannot log in any more: ${ask}`;
  try {
    await assertMayInvite(db, { ...offer, by: toPersona(account) });
    return undefined;
  } catch (cause) {
    if (!(cause instanceof ProblemError)) throw cause;
    return `${inviter.name}, who gave it, may not give it any more: ${ask}`;
  }
}

/** Who stands for an invitation is a person. Throws DENIED. */
export function inviterOf({ kind, accountId, name }: Principal) {
  if (kind === "user" && accountId !== undefined)
    return {
      id: accountId as NamespaceId,
      name: name as OrganizationInvitation["inviter"]["name"],
    };
  const detail = "inviting somebody takes the login of a person, who stands for it";
  throw new ProblemError(PROBLEMS.DENIED, { detail });
}
