import {
  type Caller,
  explainDenial,
  type Principal,
  permits,
  type RepositoryAction,
  type Standings,
} from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import {
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
import { findMemberRole } from "./standings-store.ts";
import type { MemberRole, OrganizationTables } from "./tables.ts";

const RANKS: Readonly<Record<MemberRole, number>> = { owner: 3, contributor: 2, member: 1 };

/** Holds the HTTP API to the same rules as the registry: what one may not see is not there, for any verb. */
export class Authority {
  readonly #database: Database<OrganizationTables>;
  readonly #standings: Standings;

  constructor(deps: { database: Database<OrganizationTables>; standings: Standings }) {
    this.#database = deps.database;
    this.#standings = deps.standings;
  }

  /** Throws NOT_FOUND for whoever is no member, and DENIED for members of a lower rank. */
  async getOrganization({ by }: Caller, name: string, rank: MemberRole): Promise<Organization> {
    const found = await findOrganization(
      this.#database.reader,
      name.toLowerCase() as NamespaceName,
    );
    const role = found && (await this.#roleOf({ by }, found.id));
    if (found === undefined || role === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    if (RANKS[role] < RANKS[rank]) {
      const detail = `this takes the role "${rank}" in ${found.name}; ${by.name} has "${role}". An owner of ${found.name} can change that`;
      throw new ProblemError(PROBLEMS.DENIED, { detail });
    }
    if (rank === "owner") assertUnlimited({ by });
    return found;
  }

  async #roleOf({ by }: Pick<Caller, "by">, id: NamespaceId): Promise<MemberRole | undefined> {
    if (by.role === "administrator") return "owner";
    if (by.accountId === undefined || by.kind !== "user") return undefined;
    const role = await findMemberRole(this.#database.reader, id, by.accountId as NamespaceId);
    return role ?? (by.role === "auditor" ? "member" : undefined);
  }

  /** The namespace of a user, for that user, or of an organization, for its owners. Throws NOT_FOUND or DENIED. */
  async getNamespace(caller: Caller, name: string): Promise<Namespace> {
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
    await this.getOrganization(caller, name, "owner");
    if (namespace === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    return namespace;
  }

  /** Throws NOT_FOUND for what the caller may not see, and DENIED with the reason for what they may not do. */
  async getRepository({ by }: Caller, name: string, action: RepositoryAction): Promise<Repository> {
    const text = name.toLowerCase();
    if (!isRepositoryName(text)) throw new ProblemError(PROBLEMS.NOT_FOUND);
    const standing = await this.#standings.find(by, text as RepositoryName);
    const { repository, actions, isPublic } = standing;
    const could = (wish: RepositoryAction) =>
      actions.has(wish) && permits(by.credential?.permits, { repository, action: wish, isPublic });
    const found = await findWholeRepository(this.#database.reader, repository);
    if (found === undefined || !(isPublic || could("pull"))) throw unseen(by);
    if (could(action)) return found;
    const detail = explainDenial({ principal: by, standing, action });
    throw new ProblemError(PROBLEMS.DENIED, { detail });
  }

  /** Whether a repository of that name could be made. Throws NOT_FOUND where the namespace is none of the caller's business. */
  async assertMayCreate({ by }: Caller, name: RepositoryName): Promise<void> {
    const standing = await this.#standings.find(by, name);
    const { repository, mayCreate, isNowhere } = standing;
    const wish = { repository, action: "push", isPublic: false } as const;
    if (mayCreate && !isNowhere && permits(by.credential?.permits, wish)) return;
    if (!standing.actions.has("pull")) throw new ProblemError(PROBLEMS.NOT_FOUND);
    const detail = explainDenial({ principal: by, standing, action: "push" });
    throw new ProblemError(PROBLEMS.DENIED, { detail });
  }
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
