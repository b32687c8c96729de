import type { Kysely } from "kysely";
import type { RepositoryAction } from "../access/index.ts";
import type { NamespaceId, NamespaceName } from "../namespaces/index.ts";
import { removeInvitationsWithTeam } from "./invitation-endings-store.ts";
import { removeRightsFor } from "./organizations-store.ts";
import type { OrganizationTables, TeamId } from "./tables.ts";

type Db = Kysely<OrganizationTables>;

export interface Team {
  readonly id: TeamId;
  readonly name: string;
  readonly description: string;
  readonly members: number;
}

interface Page {
  readonly last: string | undefined;
  readonly limit: number;
}

export async function findTeam(
  db: Db,
  organization: NamespaceId,
  name: string,
): Promise<Team | undefined> {
  const teams = await selectTeams(db, organization).where("teams.name", "=", name).execute();
  return teams[0] && toTeam(teams[0]);
}

export async function listTeams(
  db: Db,
  organization: NamespaceId,
  page: Page,
): Promise<readonly Team[]> {
  const teams = await selectTeams(db, organization)
    .where("teams.name", ">", page.last ?? "")
    .orderBy("teams.name")
    .limit(page.limit)
    .execute();
  return teams.map(toTeam);
}

function selectTeams(db: Db, organization: NamespaceId) {
  return db
    .selectFrom("teams")
    .select((row) => [
      "teams.id",
      "teams.name",
      "teams.description",
      row
        .selectFrom("team_members")
        .select((count) => count.fn.countAll<number>().as("members"))
        .whereRef("team_members.team_id", "=", "teams.id")
        .as("members"),
    ])
    .where("teams.organization_id", "=", organization);
}

export async function insertTeam(
  trx: Db,
  team: { organization: NamespaceId; name: string; description: string; now: Date },
): Promise<TeamId> {
  const { organization, name, description, now } = team;
  const row = await trx
    .insertInto("teams")
    .values({ organization_id: organization, name, description, created_at: now.getTime() })
    .returning("id")
    .executeTakeFirstOrThrow();
  return row.id;
}

export async function updateTeam(
  trx: Db,
  id: TeamId,
  change: { readonly name?: string; readonly description?: string },
): Promise<void> {
  await trx.updateTable("teams").set(change).where("id", "=", id).execute();
}

export async function removeTeam(trx: Db, id: TeamId): Promise<void> {
  await removeInvitationsWithTeam(trx, id);
  await trx.deleteFrom("team_members").where("team_id", "=", id).execute();
  await removeRightsFor(trx, { kind: "team", id });
  await trx.deleteFrom("teams").where("id", "=", id).execute();
}

/** What the team may do somewhere, now or in repositories to come. */
export async function listTeamActions(db: Db, team: TeamId): Promise<readonly RepositoryAction[]> {
  const found = new Set<RepositoryAction>();
  for (const table of ["rights", "default_rights"] as const) {
    const rows = await db
      .selectFrom(table)
      .select("actions")
      .distinct()
      .where("subject_kind", "=", "team")
      .where("subject_id", "=", team)
      .execute();
    for (const { actions } of rows)
      for (const action of JSON.parse(actions) as RepositoryAction[]) found.add(action);
  }
  return [...found];
}

export async function listTeamMembers(
  db: Db,
  team: TeamId,
  page: Page,
): Promise<readonly NamespaceName[]> {
  const rows = await db
    .selectFrom("team_members")
    .innerJoin("accounts", "accounts.id", "team_members.account_id")
    .select("accounts.name")
    .where("team_members.team_id", "=", team)
    .where("accounts.name", ">", (page.last ?? "") as NamespaceName)
    .orderBy("accounts.name")
    .limit(page.limit)
    .execute();
  return rows.map(({ name }) => name);
}

/** Nothing happens for somebody who is in it already. */
export async function addToTeam(trx: Db, team: TeamId, account: NamespaceId): Promise<void> {
  await trx
    .insertInto("team_members")
    .values({ team_id: team, account_id: account })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** False if they were not in it. */
export async function removeFromTeam(
  trx: Db,
  team: TeamId,
  account: NamespaceId,
): Promise<boolean> {
  const result = await trx
    .deleteFrom("team_members")
    .where("team_id", "=", team)
    .where("account_id", "=", account)
    .executeTakeFirst();
  return Number(result.numDeletedRows) > 0;
}

function toTeam(row: {
  id: TeamId;
  name: string;
  description: string;
  members: number | null;
}): Team {
  return { ...row, members: Number(row.members ?? 0) };
}
