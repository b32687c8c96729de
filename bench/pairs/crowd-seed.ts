import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** How many of each stand beside those that are measured. */
export interface Crowd {
  readonly accounts: number;
  readonly organizations: number;
  readonly teamsPerOrganization: number;
  /** Of each team; the repositories are the organization's. */
  readonly rightsPerTeam: number;
}

/** What the measured account belongs to: she is looked up among many, and in many. */
const MEMBERSHIPS = 50;

/**
 * Writes people, organizations, teams and rights into the database of a hub that does not run: what takes days by the API
 * takes seconds so, and the rows are the same.
 */
export function seedCrowd(dataDirectory: string, crowd: Crowd, member: string): void {
  using database = new DatabaseSync(join(dataDirectory, "berth.db"));
  database.exec("begin");
  const account = database.prepare("select id from accounts where name = ?").get(member);
  seedAccounts(database, crowd);
  seedOrganizations(database, crowd, Number(account?.id));
  database.exec("commit");
}

function seedAccounts(database: DatabaseSync, { accounts }: Crowd): void {
  const namespace = database.prepare(
    "insert into namespaces (name, skeleton, kind, default_visibility, created_at) values (?, ?, 'user', 'private', 0) returning id",
  );
  const account = database.prepare("insert into accounts (id, name, created_at) values (?, ?, 0)");
  for (let n = 0; n < accounts; n += 1) {
    const name = `person-${n}`;
    account.run(Number(namespace.get(name, `person#${n}`)?.id), name);
  }
}

function seedOrganizations(database: DatabaseSync, crowd: Crowd, member: number): void {
  const namespace = database.prepare(
    "insert into namespaces (name, skeleton, kind, default_visibility, created_at) values (?, ?, 'organization', 'private', 0) returning id",
  );
  const organization = database.prepare(
    "insert into organizations (id, full_name, created_at) values (?, ?, 0)",
  );
  const membership = database.prepare(
    "insert into members (organization_id, account_id, role, created_at) values (?, ?, 'member', 0)",
  );
  const repository = database.prepare(
    "insert into repositories (name, created_at, namespace_id) values (?, 0, ?) returning id",
  );
  for (let n = 0; n < crowd.organizations; n += 1) {
    const name = `crowd-${n}`;
    const id = Number(namespace.get(name, `crowd#${n}`)?.id);
    organization.run(id, name);
    const isHers = n < MEMBERSHIPS;
    if (isHers) membership.run(id, member);
    const repositories: number[] = [];
    for (let r = 0; r < crowd.rightsPerTeam; r += 1) {
      repositories.push(Number(repository.get(`${name}/app-${r}`, id)?.id));
    }
    seedTeams(database, crowd, { id, repositories, member: isHers ? member : undefined });
  }
}

function seedTeams(
  database: DatabaseSync,
  crowd: Crowd,
  organization: { id: number; repositories: readonly number[]; member: number | undefined },
): void {
  const { id, repositories, member } = organization;
  const team = database.prepare(
    "insert into teams (organization_id, name, description, created_at) values (?, ?, '', 0) returning id",
  );
  const teamMember = database.prepare(
    "insert into team_members (team_id, account_id) values (?, ?)",
  );
  const right = database.prepare(
    "insert into rights (namespace_id, subject_kind, subject_id, repository_id, pattern, actions, create_only, created_at) values (?, 'team', ?, ?, '', '[\"push\"]', 0, 0)",
  );
  for (let t = 0; t < crowd.teamsPerOrganization; t += 1) {
    const teamId = Number(team.get(id, `team-${t}`)?.id);
    if (member !== undefined) teamMember.run(teamId, member);
    for (const repository of repositories) right.run(id, teamId, repository);
  }
}
