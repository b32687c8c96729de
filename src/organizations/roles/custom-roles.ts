import type { Journal } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { Permission } from "../../contract/roles.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { By } from "../organizations.ts";
import type { Organization } from "../organizations-store.ts";
import type { OrganizationTables } from "../tables.ts";
import {
  builtInRole,
  countHolders,
  findRole,
  getRole,
  insertRole,
  isBuiltIn,
  listCustomRoles,
  type Role,
  removeRole,
  updateRole,
} from "./custom-roles-store.ts";
import { closeOver } from "./permissions.ts";
import { assertMayGive } from "./seats.ts";

const NAME = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const NAME_CHARACTERS = 64;
const PER_ORGANIZATION = 100;
/** What other hubs call roles of theirs, and what this one calls those of the whole hub. */
const CONFUSING: ReadonlySet<string> = new Set(["editor", "admin", "administrator", "auditor"]);

interface CustomRolesDeps {
  readonly database: Database<OrganizationTables>;
  readonly journal: Journal;
  readonly onChange: () => void;
  readonly clock: () => Date;
}

type Trx = Parameters<typeof findRole>[0];

export interface CountedRole extends Role {
  readonly members: number;
}

export interface RoleWish {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly permissions?: readonly Permission[] | undefined;
}

/** Roles of an organization's own making. Whether the caller may change roles is decided before; how far, here. */
export class CustomRoles {
  readonly #deps: CustomRolesDeps;

  constructor(deps: CustomRolesDeps) {
    this.#deps = deps;
  }

  /** Those that every organization has, and then its own. */
  async list({ id }: Organization): Promise<readonly CountedRole[]> {
    const { reader } = this.#deps.database;
    const builtIn = (["owner", "contributor", "member"] as const).map(builtInRole);
    const roles = [...builtIn, ...(await listCustomRoles(reader, id))];
    const holders = await countHolders(reader, id);
    return roles.map((role) => ({ ...role, members: holders.get(role.id ?? role.name) ?? 0 }));
  }

  /** Throws NOT_FOUND. */
  async get(organization: Organization, name: string): Promise<CountedRole> {
    const { reader } = this.#deps.database;
    const role = await getRole(reader, organization, name);
    const holders = await countHolders(reader, organization.id);
    return { ...role, members: holders.get(role.id ?? role.name) ?? 0 };
  }

  /** Throws NAME_INVALID, NAME_TAKEN, TOO_MANY, or DENIED for a role that holds more than the caller. */
  async create(
    organization: Organization,
    wish: RoleWish & { readonly name: string; readonly permissions: readonly Permission[] } & By,
  ): Promise<CountedRole> {
    const { name, description = "", by, origin } = wish;
    const permissions = closeOver(wish.permissions);
    assertName(name);
    return await this.#deps.database.write(async (trx) => {
      const doing = `making the role "${name}"`;
      await assertMayGive(trx, { organization, by, doing, permissions });
      await assertFree(trx, organization, name);
      if ((await listCustomRoles(trx, organization.id)).length >= PER_ORGANIZATION) {
        const detail = `an organization has at most ${PER_ORGANIZATION} roles of its own`;
        throw new ProblemError(PROBLEMS.TOO_MANY, { detail });
      }
      const row = { organization: organization.id, name, description, permissions };
      await insertRole(trx, { ...row, now: this.#deps.clock() });
      await this.#deps.journal.record(trx, {
        by,
        origin,
        action: "org.customrole.create",
        account: organization.name,
        name,
        after: describe({ name, description, permissions }),
      });
      return { ...(await getRole(trx, organization, name)), members: 0 };
    });
  }

  /** Throws NOT_FOUND, NAME_INVALID, NAME_TAKEN or DENIED. */
  async change(
    organization: Organization,
    role: string,
    wish: RoleWish & By,
  ): Promise<CountedRole> {
    const { by, origin } = wish;
    await this.#deps.database.write(async (trx) => {
      const before = await getOwnRole(trx, organization, role);
      const { name = before.name, description = before.description } = wish;
      const permissions =
        wish.permissions === undefined ? before.permissions : closeOver(wish.permissions);
      assertName(name);
      const touched = [...before.permissions, ...permissions];
      const doing = `changing the role "${role}"`;
      await assertMayGive(trx, { organization, by, doing, permissions: new Set(touched) });
      if (name !== before.name) await assertFree(trx, organization, name);
      await updateRole(trx, before.id, { name, description, permissions });
      await this.#deps.journal.record(trx, {
        by,
        origin,
        action: "org.customrole.update",
        account: organization.name,
        name: before.name,
        before: describe(before),
        after: describe({ name, description, permissions }),
      });
    });
    this.#deps.onChange();
    return await this.get(organization, wish.name ?? role);
  }

  /** Throws NOT_FOUND, STILL_HELD while a member has it, or DENIED. */
  async remove(organization: Organization, role: string, { by, origin }: By): Promise<void> {
    await this.#deps.database.write(async (trx) => {
      const before = await getOwnRole(trx, organization, role);
      const { permissions } = before;
      const doing = `deleting the role "${role}"`;
      await assertMayGive(trx, { organization, by, doing, permissions });
      const holders = (await countHolders(trx, organization.id)).get(before.id) ?? 0;
      if (holders > 0) {
        const detail = `${holders} of ${organization.name} have the role "${role}": give them another one first`;
        throw new ProblemError(PROBLEMS.STILL_HELD, { detail });
      }
      await removeRole(trx, before.id);
      await this.#deps.journal.record(trx, {
        by,
        origin,
        action: "org.customrole.delete",
        account: organization.name,
        name: before.name,
        before: describe(before),
      });
    });
  }
}

/** Throws NOT_FOUND, and NAME_TAKEN for those that every organization has. */
async function getOwnRole(trx: Trx, organization: Organization, name: string) {
  const role = await getRole(trx, organization, name);
  const { id } = role;
  if (id !== undefined) return { ...role, id };
  const detail = `every organization has the role "${name}", and it stays as it is`;
  throw new ProblemError(PROBLEMS.NAME_TAKEN, { detail });
}

function assertName(name: string): void {
  if (isBuiltIn(name) || CONFUSING.has(name)) {
    throw new ProblemError(PROBLEMS.NAME_TAKEN, { detail: `"${name}" is reserved` });
  }
  if (name.length <= NAME_CHARACTERS && NAME.test(name)) return;
  const detail = `a role's name is lower-case letters and digits, with single '.', '_' or '-' between them`;
  throw new ProblemError(PROBLEMS.NAME_INVALID, { detail });
}

async function assertFree(trx: Trx, organization: Organization, name: string): Promise<void> {
  if ((await findRole(trx, organization.id, name)) === undefined) return;
  const detail = `${organization.name} has a role "${name}" already`;
  throw new ProblemError(PROBLEMS.NAME_TAKEN, { detail });
}

function describe({
  name,
  description,
  permissions,
}: Pick<Role, "name" | "description" | "permissions">) {
  return { name, description, permissions: [...permissions] };
}
