import type { ExpressionBuilder, Kysely } from "kysely";
import type { NamespaceId, NamespaceName } from "../namespaces/index.ts";
import type { MemberRole, OrganizationTables, TeamId } from "../organizations/index.ts";

/** A member as a list of people shows them. */
export interface MemberCard {
  readonly accountId: NamespaceId;
  readonly name: NamespaceName;
  readonly email: string | undefined;
  readonly role: MemberRole;
  readonly joinedAt: Date;
  readonly fullName: string;
  readonly company: string;
  readonly location: string;
  /** Names of their teams. */
  readonly teams: readonly string[];
}

export interface MemberWish {
  readonly organization: NamespaceId;
  /** Only of this team. */
  readonly team?: TeamId | undefined;
  /** Only this one. */
  readonly account?: NamespaceId | undefined;
  readonly role?: MemberRole | undefined;
  /** Part of a name or of an address. */
  readonly holding?: string | undefined;
  readonly offset: number;
  readonly limit: number;
}

type Db = Kysely<OrganizationTables>;

/** One page of members in the order of their names, and how many there are in all. */
export async function findMembers(
  db: Db,
  wish: MemberWish,
): Promise<{ readonly count: number; readonly members: readonly MemberCard[] }> {
  const { count } = await selectMembers(db, wish)
    .select((row) => row.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  const rows = await selectMembers(db, wish)
    .select([
      "accounts.id",
      "accounts.name",
      "accounts.email",
      "members.role",
      "members.created_at",
      "profiles.given_name",
      "profiles.family_name",
      "profiles.company",
      "profiles.location",
    ])
    .orderBy("accounts.name")
    .offset(wish.offset)
    .limit(wish.limit)
    .execute();
  const teams = await listTeamNames(
    db,
    wish.organization,
    rows.map(({ id }) => id),
  );
  const members = rows.map((row) => ({
    accountId: row.id,
    name: row.name,
    email: row.email ?? undefined,
    role: row.role,
    joinedAt: new Date(row.created_at),
    fullName: `${row.given_name ?? ""} ${row.family_name ?? ""}`.trim(),
    company: row.company ?? "",
    location: row.location ?? "",
    teams: teams.get(row.id) ?? [],
  }));
  return { count: Number(count), members };
}

function selectMembers(db: Db, wish: MemberWish) {
  const { organization, team, account, role, holding = "" } = wish;
  return db
    .selectFrom("members")
    .innerJoin("accounts", "accounts.id", "members.account_id")
    .leftJoin("profiles", "profiles.account_id", "accounts.id")
    .where("members.organization_id", "=", organization)
    .$if(role !== undefined, (query) => query.where("members.role", "=", role as MemberRole))
    .$if(account !== undefined, (query) =>
      query.where("members.account_id", "=", account as NamespaceId),
    )
    .$if(team !== undefined, (query) =>
      query.where("members.account_id", "in", (inner) =>
        inner
          .selectFrom("team_members")
          .select("team_members.account_id")
          .where("team_members.team_id", "=", team as TeamId),
      ),
    )
    .$if(holding !== "", (query) => query.where((is) => holds(is, holding)));
}

/** No pattern of SQL's: what people type is looked for as it is. */
function holds(is: ExpressionBuilder<OrganizationTables, "members" | "accounts">, text: string) {
  const wanted = is.val(text.toLowerCase());
  return is.or([
    is(is.fn<number>("instr", ["accounts.name", wanted]), ">", 0),
    is(is.fn<number>("instr", [is.fn("lower", ["accounts.email"]), wanted]), ">", 0),
  ]);
}

async function listTeamNames(
  db: Db,
  organization: NamespaceId,
  accounts: readonly NamespaceId[],
): Promise<ReadonlyMap<NamespaceId, readonly string[]>> {
  const rows = await db
    .selectFrom("team_members")
    .innerJoin("teams", "teams.id", "team_members.team_id")
    .select(["team_members.account_id", "teams.name"])
    .where("teams.organization_id", "=", organization)
    .where("team_members.account_id", "in", accounts)
    .orderBy("teams.name")
    .execute();
  const names = new Map<NamespaceId, string[]>();
  for (const { account_id: account, name } of rows)
    names.set(account, [...(names.get(account) ?? []), name]);
  return names;
}
