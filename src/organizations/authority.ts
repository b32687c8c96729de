import type { Kysely } from "kysely";
import {
  type Caller,
  describeOwed,
  explainDenial,
  isMadeFor,
  type Principal,
  printDenial,
  type RepositoryAction,
  type Standings,
} from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import type { Permission } from "../contract/roles.ts";
import {
  findNamedSince,
  findNamespace,
  type Namespace,
  type NamespaceId,
  type NamespaceName,
} from "../namespaces/index.ts";
import { isRepositoryName, type RepositoryName } from "../oci/name.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import { findWholeRepository, type Repository } from "../repositories/index.ts";
import { findOrganization, type Organization } from "./organizations-store.ts";
import type { Role } from "./roles/custom-roles-store.ts";
import { leastRoleWith } from "./roles/permissions.ts";
import { findSeat } from "./roles/seats.ts";
import { asksForTwoFactor } from "./settings/two-factor-store.ts";
import type { OrganizationTables } from "./tables.ts";

/** What a caller has to be or to hold: anybody in the organization, an owner of it, or whoever has the permission. */
export type Need = "member" | "owner" | Permission;

/** What a login for repositories alone may ask for, too. */
const HARMLESS: ReadonlySet<Need> = new Set(["member", "member.read", "team.read"]);

/** Holds the HTTP API to the same rules as the registry: what one may not see is not there, for any verb. */
export class Authority {
  readonly #database: Database<OrganizationTables>;
  readonly #standings: Standings;

  constructor(deps: { database: Database<OrganizationTables>; standings: Standings }) {
    this.#database = deps.database;
    this.#standings = deps.standings;
  }

  /** Throws NOT_FOUND for whoever is no member, and DENIED for members whose role does not hold what it takes. */
  async getOrganization({ by }: Caller, name: string, need: Need): Promise<Organization> {
    const { reader } = this.#database;
    const found = await findOrganization(reader, name.toLowerCase() as NamespaceName);
    const seat = found && (await findSeat(reader, found.id, by));
    if (found === undefined || seat === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    if (await isOwed(reader, found.id, by)) throw owed(by, found.name);
    if (!meets(seat, need)) {
      const detail = `this takes ${describeNeed(seat, need)} in ${found.name}; ${by.name} has ${describeSeat(seat)}. An owner of ${found.name} can change that`;
      throw new ProblemError(PROBLEMS.DENIED, { detail });
    }
    if (!HARMLESS.has(need)) assertUnlimited({ by });
    return found;
  }

  /** An organization, and as what the caller sits in it: as nothing, if they do not belong. Throws TWO_FACTOR_OWED. */
  async findSeat(
    { by }: Caller,
    name: string,
  ): Promise<{ organization: Organization; seat: Role | undefined } | undefined> {
    const { reader } = this.#database;
    const organization = await findOrganization(reader, name.toLowerCase() as NamespaceName);
    if (organization === undefined) return undefined;
    const seat = await findSeat(reader, organization.id, by);
    if (seat !== undefined && (await isOwed(reader, organization.id, by)))
      throw owed(by, organization.name);
    return { organization, seat };
  }

  /**
   * The namespace of a user, for that user, or of an organization, for those of its members who may what is needed. Throws
   * NOT_FOUND or DENIED.
   */
  async getNamespace(caller: Caller, name: string, need: Need = "owner"): Promise<Namespace> {
    const namespace = await findNamespace(
      this.#database.reader,
      name.toLowerCase() as NamespaceName,
    );
    const { by } = caller;
    const isOwn = namespace?.kind === "user" && namespace.id === by.accountId && by.kind === "user";
    if (namespace !== undefined && (isOwn || by.role === "administrator")) {
      assertUnlimited(caller);
      return namespace;
    }
    await this.getOrganization(caller, name, need);
    if (namespace === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    return namespace;
  }

  /**
   * From when on what is on record under the name is the caller's to read: before, it may have been somebody else's. Throws
   * NOT_FOUND or DENIED.
   */
  async findAuditedSince(caller: Caller, name: string): Promise<Date> {
    const { id } = await this.getNamespace(caller, name, "audit.read");
    return await findNamedSince(this.#database.reader, id);
  }

  /** Throws NOT_FOUND for what the caller may not see, and DENIED with the reason for what they may not do. */
  async getRepository(
    { by, baseUrl }: Caller,
    name: string,
    action: RepositoryAction,
  ): Promise<Repository> {
    const text = name.toLowerCase();
    if (!isRepositoryName(text)) throw new ProblemError(PROBLEMS.NOT_FOUND);
    const standing = await this.#standings.find(by, text as RepositoryName);
    const { repository, actions, isPublic, owedTo } = standing;
    const could = (wish: RepositoryAction) =>
      actions.has(wish) && isMadeFor(by.credential, { ...standing, action: wish });
    const found = await findWholeRepository(this.#database.reader, repository);
    if (owedTo !== undefined && !isPublic) throw owed(by, owedTo);
    if (found === undefined || !(isPublic || could("pull"))) throw unseen(by);
    if (could(action)) return found;
    const denial = explainDenial({ principal: by, standing, action });
    const detail = printDenial(denial, baseUrl);
    throw new ProblemError(PROBLEMS.DENIED, { detail });
  }

  /** Whether a repository of that name could be made. Throws NOT_FOUND where the namespace is none of the caller's business. */
  async assertMayCreate({ by, baseUrl }: Caller, name: RepositoryName): Promise<void> {
    const standing = await this.#standings.find(by, name);
    const { mayCreate, isNowhere } = standing;
    // Of the name itself, wherever it leads now.
    const wish = { repository: name, action: "push", isPublic: false } as const;
    if (mayCreate && isMadeFor(by.credential, wish)) {
      if (isNowhere) throw unfounded(name);
      return;
    }
    if (standing.owedTo !== undefined) throw owed(by, standing.owedTo);
    if (!standing.actions.has("pull")) throw new ProblemError(PROBLEMS.NOT_FOUND);
    const denial = explainDenial({ principal: by, standing, action: "push" });
    const detail = printDenial(denial, baseUrl);
    throw new ProblemError(PROBLEMS.DENIED, { detail });
  }
}

/** Of people whom the hub itself gave no role. */
async function isOwed(
  db: Kysely<OrganizationTables>,
  organization: NamespaceId,
  { lacksSecondFactor, role }: Principal,
): Promise<boolean> {
  if (lacksSecondFactor !== true || role !== undefined) return false;
  return await asksForTwoFactor(db, organization);
}

/** Whoever may make organizations is not kept from it by rights, so none are spoken of. */
function unfounded(name: RepositoryName): ProblemError {
  const [namespace = ""] = name.split("/", 1);
  const detail = `there is no organization ${namespace} yet: berth org create ${namespace} makes it`;
  return new ProblemError(PROBLEMS.DENIED, { detail });
}

function owed(by: Principal, place: string): ProblemError {
  return new ProblemError(PROBLEMS.TWO_FACTOR_OWED, { detail: describeOwed(by, place) });
}

function meets(seat: Role, need: Need): boolean {
  if (need === "member" || seat.isOwner) return true;
  return need !== "owner" && seat.permissions.has(need);
}

/** To those with one of the built-in roles, which one it takes; to others, which permission. */
function describeNeed(seat: Role, need: Need): string {
  if (need === "member" || need === "owner") return `the role "${need}"`;
  return seat.id === undefined ? `the role "${leastRoleWith(need)}"` : `the permission "${need}"`;
}

function describeSeat({ id, name }: Role): string {
  return id === undefined ? `"${name}"` : `the role "${name}"`;
}

/** The same for what is private and for what does not exist. */
function unseen(by: Principal): ProblemError {
  return new ProblemError(by.kind === "anonymous" ? PROBLEMS.UNAUTHORIZED : PROBLEMS.NOT_FOUND);
}

/** What changes who may do what takes a login that was not made for less. Throws DENIED. */
function assertUnlimited({ by }: Pick<Caller, "by">): void {
  if (by.credential?.permits === undefined && by.granted === undefined) return;
  const label = by.credential?.label ?? "token";
  const detail = `your ${by.credential?.kind ?? "token"} "${label}" is made for repositories; log in with a password for this`;
  throw new ProblemError(PROBLEMS.DENIED, { detail });
}
