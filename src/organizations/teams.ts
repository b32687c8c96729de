import type { Deed, Journal, Principal } from "../access/index.ts";
import type { Account } from "../accounts/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { By } from "./organizations.ts";
import { findMember, type Organization } from "./organizations-store.ts";
import { permissionsFor } from "./roles/permissions.ts";
import { assertMayGive } from "./roles/seats.ts";
import type { OrganizationTables } from "./tables.ts";
import {
  addToTeam,
  findTeam,
  insertTeam,
  listTeamActions,
  listTeamMembers,
  listTeams,
  removeFromTeam,
  removeTeam,
  type Team,
  updateTeam,
} from "./teams-store.ts";

const TEAM_NAME = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const NAME_CHARACTERS = 64;
const PER_ORGANIZATION = 1000;

interface TeamsDeps {
  readonly database: Database<OrganizationTables>;
  readonly journal: Journal;
  readonly onChange: () => void;
  readonly clock: () => Date;
}

interface Page {
  readonly last: string | undefined;
  readonly limit: number;
}

/** Members of an organization who share rights. Whether the caller may change them is decided before. */
export class Teams {
  readonly #deps: TeamsDeps;

  constructor(deps: TeamsDeps) {
    this.#deps = deps;
  }

  async list({ id }: Organization, page: Page): Promise<readonly Team[]> {
    return await listTeams(this.#deps.database.reader, id, page);
  }

  /** Throws NOT_FOUND. */
  async get({ id }: Organization, name: string): Promise<Team> {
    const team = await findTeam(this.#deps.database.reader, id, name);
    if (team === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    return team;
  }

  /** Throws NAME_INVALID, NAME_TAKEN or TOO_MANY. */
  async create(
    organization: Organization,
    wish: { readonly name: string; readonly description?: string | undefined } & By,
  ): Promise<Team> {
    const { name, description = "", by, origin } = wish;
    assertTeamName(name);
    const team = await this.#deps.database.write(async (trx) => {
      await assertFree(trx, { organization, name });
      const many = await listTeams(trx, organization.id, {
        last: undefined,
        limit: PER_ORGANIZATION,
      });
      if (many.length >= PER_ORGANIZATION) {
        const detail = `an organization has at most ${PER_ORGANIZATION} teams`;
        throw new ProblemError(PROBLEMS.TOO_MANY, { detail });
      }
      const now = this.#deps.clock();
      const id = await insertTeam(trx, { organization: organization.id, name, description, now });
      const deed = { by, origin, account: organization.name, name };
      await this.#deps.journal.record(trx, {
        ...deed,
        action: "org.team.create",
        after: { name, description },
      });
      return { id, name, description, members: 0 };
    });
    this.#deps.onChange();
    return team;
  }

  /** Throws NOT_FOUND, NAME_INVALID or NAME_TAKEN. */
  async change(
    organization: Organization,
    wish: {
      readonly team: Team;
      readonly name?: string | undefined;
      readonly description?: string | undefined;
    } & By,
  ): Promise<Team> {
    const { team, by, origin } = wish;
    const { name = team.name, description = team.description } = wish;
    assertTeamName(name);
    return await this.#deps.database.write(async (trx) => {
      if (name !== team.name) await assertFree(trx, { organization, name });
      await updateTeam(trx, team.id, { name, description });
      await this.#deps.journal.record(trx, {
        by,
        origin,
        action: "org.team.update",
        account: organization.name,
        name: team.name,
        before: { name: team.name, description: team.description },
        after: { name, description },
      });
      return { ...team, name, description };
    });
  }

  /** With the rights it had. */
  async remove(
    organization: Organization,
    { team, by, origin }: { team: Team } & By,
  ): Promise<void> {
    await this.#deps.database.write(async (trx) => {
      await removeTeam(trx, team.id);
      await this.#deps.journal.record(trx, {
        by,
        origin,
        action: "org.team.delete",
        account: organization.name,
        name: team.name,
        before: { name: team.name, members: team.members },
      });
    });
    this.#deps.onChange();
  }

  async listMembers(team: Team, page: Page): Promise<readonly string[]> {
    return await listTeamMembers(this.#deps.database.reader, team.id, page);
  }

  /** Throws NOT_FOUND for somebody who is no member of the organization, and DENIED if the team may more than the caller. */
  async addMember(
    organization: Organization,
    wish: { readonly team: Team; readonly account: Account } & By,
  ): Promise<void> {
    const { team, account } = wish;
    await this.#deps.database.write(async (trx) => {
      if ((await findMember(trx, organization.id, account.id)) === undefined) {
        const detail = `${account.name} is no member of ${organization.name}: add them to it first`;
        throw new ProblemError(PROBLEMS.NOT_FOUND, { detail });
      }
      await assertMayJoin(trx, { organization, team, by: wish.by });
      await addToTeam(trx, team.id, account.id);
      await this.#recordMember(trx, { ...wish, organization, action: "org.team.member.add" });
    });
    this.#deps.onChange();
  }

  /** Who is not in it is as far as they were to be, and nothing was done. */
  async removeMember(
    organization: Organization,
    wish: { readonly team: Team; readonly account: Account } & By,
  ): Promise<void> {
    await this.#deps.database.write(async (trx) => {
      if (!(await removeFromTeam(trx, wish.team.id, wish.account.id))) return;
      await this.#recordMember(trx, { ...wish, organization, action: "org.team.member.remove" });
    });
    this.#deps.onChange();
  }

  async #recordMember(
    trx: Parameters<Journal["record"]>[0],
    change: {
      organization: Organization;
      team: Team;
      account: Account;
      action: Deed["action"];
    } & By,
  ): Promise<void> {
    const { organization, team, account, action, by, origin } = change;
    await this.#deps.journal.record(trx, {
      by,
      origin,
      action,
      account: organization.name,
      name: `${team.name}/${account.name}`,
    });
  }
}

/** Whoever is put into a team holds what the team was given, wherever that is. Throws DENIED. */
export async function assertMayJoin(
  trx: Parameters<typeof findTeam>[0],
  wish: {
    readonly organization: Pick<Organization, "id" | "name">;
    readonly team: Pick<Team, "id" | "name">;
    readonly by: Principal;
  },
): Promise<void> {
  const { organization, team, by } = wish;
  const actions = await listTeamActions(trx, team.id);
  const permissions = permissionsFor(actions, { mayCreate: true });
  const doing = `putting somebody into the team "${team.name}"`;
  await assertMayGive(trx, { organization, by, doing, permissions });
}

function assertTeamName(name: string): void {
  if (name.length <= NAME_CHARACTERS && TEAM_NAME.test(name)) return;
  const detail = `a team's name is lower-case letters and digits, with single '.', '_' or '-' between them`;
  throw new ProblemError(PROBLEMS.NAME_INVALID, { detail });
}

async function assertFree(
  trx: Parameters<typeof findTeam>[0],
  wish: { organization: Organization; name: string },
): Promise<void> {
  if ((await findTeam(trx, wish.organization.id, wish.name)) === undefined) return;
  const detail = `${wish.organization.name} has a team "${wish.name}" already`;
  throw new ProblemError(PROBLEMS.NAME_TAKEN, { detail });
}
