import type { Kysely } from "kysely";
import type { NamespaceId } from "../namespaces/index.ts";
import type { OrganizationTables, Team, TeamId } from "../organizations/index.ts";

interface TeamWish {
  readonly organization: NamespaceId;
  /** Part of its name. */
  readonly holding?: string | undefined;
}

type Db = Kysely<OrganizationTables>;

export async function countTeams(db: Db, wish: TeamWish): Promise<number> {
  const { count } = await selectTeams(db, wish)
    .select((row) => row.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** One page in the order of names. */
export async function listTeamCards(
  db: Db,
  wish: TeamWish & { readonly offset: number; readonly limit: number },
): Promise<readonly Team[]> {
  const rows = await selectTeams(db, wish)
    .select((row) => [
      "teams.id",
      "teams.name",
      "teams.description",
      row
        .selectFrom("team_members")
        .select((inner) => inner.fn.countAll<number>().as("members"))
        .whereRef("team_members.team_id", "=", "teams.id")
        .as("members"),
    ])
    .orderBy("teams.name")
    .offset(wish.offset)
    .limit(wish.limit)
    .execute();
  return rows.map((row) => ({ ...row, members: Number(row.members ?? 0) }));
}

/** Only among the organization's own. */
export async function findTeamName(
  db: Db,
  team: { readonly organization: NamespaceId; readonly id: number },
): Promise<string | undefined> {
  const row = await db
    .selectFrom("teams")
    .select("name")
    .where("id", "=", team.id as TeamId)
    .where("organization_id", "=", team.organization)
    .executeTakeFirst();
  return row?.name;
}

function selectTeams(db: Db, { organization, holding = "" }: TeamWish) {
  return db
    .selectFrom("teams")
    .where("teams.organization_id", "=", organization)
    .$if(holding !== "", (query) =>
      // No pattern of SQL's: what people type is looked for as it is.
      query.where((is) => is(is.fn<number>("instr", ["teams.name", is.val(holding)]), ">", 0)),
    );
}
