import type { Deed, Journal, OpenTransaction, Origin, Principal } from "../access/index.ts";
import type { Account } from "../accounts/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import {
  claimNamespace,
  describeConflict,
  findConflict,
  isReserved,
  type NamespaceId,
  type NamespaceName,
  parseNamespaceName,
  releaseNamespace,
} from "../namespaces/index.ts";
import type { RepositoryName } from "../oci/name.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import { removeInvitationsOf } from "./invitation-endings-store.ts";
import {
  countOwners,
  findMember,
  findOrganization,
  insertOrganization,
  listMembers,
  listOrganizations,
  type Member,
  type Organization,
  putMember,
  removeMember,
  removeOrganization,
} from "./organizations-store.ts";
import { builtInRole, getRole } from "./roles/custom-roles-store.ts";
import { assertMayGiveRole } from "./roles/seats.ts";
import type { OrganizationTables } from "./tables.ts";

/** The organization of images whose names have one part. Every hub with accounts has it, and administrators own it. */
const LIBRARY = "library" as NamespaceName;

export interface By {
  readonly by: Principal;
  readonly origin: Origin;
}

interface OrganizationsDeps {
  readonly database: Database<OrganizationTables>;
  readonly journal: Journal;
  /** Throws NOT_EMPTY while the namespace holds repositories. */
  readonly assertEmpty: (trx: OpenTransaction, id: NamespaceId) => Promise<void>;
  /** Takes away what the organization was given elsewhere, in the transaction that removes it. */
  readonly removeStandings: (trx: OpenTransaction, id: NamespaceId) => Promise<void>;
  /** Called after each committed change of what anybody may do. */
  readonly onChange: () => void;
  readonly clock: () => Date;
}

type Trx = Parameters<Parameters<Database<OrganizationTables>["write"]>[0]>[0];

/** Organizations and who is in them. Whether the caller may ask for it is decided before. */
export class Organizations {
  readonly #deps: OrganizationsDeps;

  constructor(deps: OrganizationsDeps) {
    this.#deps = deps;
  }

  /** Its maker becomes its first owner. Throws NAME_INVALID or NAME_TAKEN. */
  async create(
    wish: { readonly name: string; readonly fullName?: string | undefined } & By,
  ): Promise<Organization> {
    const name = parseNamespaceName(wish.name);
    if (typeof name !== "string") {
      throw new ProblemError(PROBLEMS.NAME_INVALID, { detail: `a name ${name.why}` });
    }
    if (isReserved(name))
      throw new ProblemError(PROBLEMS.NAME_TAKEN, { detail: `"${name}" is reserved` });
    const { clock } = this.#deps;
    const organization = await this.#deps.database.write(async (trx) => {
      const now = clock();
      const conflict = await findConflict(trx, name, { now });
      if (conflict !== undefined) {
        const detail = describeConflict(name, conflict);
        throw new ProblemError(PROBLEMS.NAME_TAKEN, { detail });
      }
      return await this.#insert(trx, { ...wish, name, now });
    });
    this.#deps.onChange();
    return organization;
  }

  async #insert(
    trx: Trx,
    wish: { name: NamespaceName; fullName?: string | undefined; now: Date } & By,
  ): Promise<Organization> {
    const { name, now, by, origin, fullName = wish.name } = wish;
    const id = await claimNamespace(trx, { name, kind: "organization", now });
    await insertOrganization(trx, { id, fullName, now });
    if (by.kind === "user" && by.accountId !== undefined) {
      const account = by.accountId as NamespaceId;
      await putMember(trx, { organization: id, account, role: builtInRole("owner"), now });
    }
    const after = { name, fullName };
    await this.#record(trx, { by, origin, action: "org.create", account: name, name, after });
    return { id, name, fullName, createdAt: now };
  }

  /**
   * Makes `library` where it is missing, and takes its name back where it was deleted: what is set on a namespace can be set
   * on this one before anything was pushed there, and what the hub itself publishes there belongs to it.
   */
  async ensureLibrary(by: By): Promise<void> {
    const { database, clock } = this.#deps;
    if ((await findOrganization(database.reader, LIBRARY)) !== undefined) return;
    // Its name is reserved, so that no other can have it, and one that looks like it has to bear with it.
    await database.write((trx) => this.#insert(trx, { ...by, name: LIBRARY, now: clock() }));
    this.#deps.onChange();
  }

  /** For an administrator's push to a name whose first part nobody has. */
  async createFor(wish: { readonly for: RepositoryName } & By): Promise<void> {
    const [first = ""] = wish.for.split("/", 1);
    await this.ensure({ ...wish, name: first as NamespaceName });
  }

  /** Throws NAME_INVALID or NAME_TAKEN. */
  async ensure(wish: { readonly name: NamespaceName } & By): Promise<void> {
    const { name } = wish;
    if ((await findOrganization(this.#deps.database.reader, name)) !== undefined) return;
    try {
      await this.create(wish);
    } catch (cause) {
      // Layers are pushed side by side: another request of the same push was faster.
      const isThere = await findOrganization(this.#deps.database.reader, name);
      if (isThere === undefined) throw cause;
    }
  }

  /** Throws NOT_FOUND. */
  async get(name: string): Promise<Organization> {
    const found = await findOrganization(
      this.#deps.database.reader,
      name.toLowerCase() as NamespaceName,
    );
    if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    return found;
  }

  async list(page: {
    of: NamespaceId | undefined;
    last: string | undefined;
    limit: number;
  }): Promise<readonly Organization[]> {
    return await listOrganizations(this.#deps.database.reader, page);
  }

  /** Throws NOT_EMPTY, or DENIED for `library`. The name stays taken for a while. */
  async remove(organization: Organization, { by, origin }: By): Promise<void> {
    const { id, name, fullName } = organization;
    if (name === LIBRARY) {
      const detail = "library belongs to the hub itself: delete the repositories in it instead";
      throw new ProblemError(PROBLEMS.DENIED, { detail });
    }
    await this.#deps.database.write(async (trx) => {
      // Here and not before: a push may have made a repository a moment ago.
      await this.#deps.assertEmpty(trx, id);
      await removeOrganization(trx, id);
      await this.#deps.removeStandings(trx, id);
      await releaseNamespace(trx, id, this.#deps.clock());
      const before = { name, fullName };
      await this.#record(trx, { by, origin, action: "org.delete", account: name, name, before });
    });
    this.#deps.onChange();
  }

  async listMembers(
    { id }: Organization,
    page: { last: string | undefined; limit: number },
  ): Promise<readonly Member[]> {
    return await listMembers(this.#deps.database.reader, id, page);
  }

  async findMember({ id }: Organization, account: NamespaceId): Promise<Member | undefined> {
    return await findMember(this.#deps.database.reader, id, account);
  }

  /** Adds somebody, or gives them another role. Throws NOT_FOUND for no such role, LAST_OWNER or DENIED. */
  async putMember(
    organization: Organization,
    wish: { readonly account: Account; readonly role: string } & By,
  ): Promise<void> {
    await this.#deps.database.write(async (trx) => await this.#putMember(trx, organization, wish));
    this.#deps.onChange();
  }

  async #putMember(
    trx: Trx,
    organization: Organization,
    wish: { readonly account: Account; readonly role: string } & By,
  ): Promise<void> {
    const { account, by, origin } = wish;
    const { id, name } = organization;
    const before = await findMember(trx, id, account.id);
    const role = await getRole(trx, organization, wish.role);
    if (before?.role.name === role.name) return;
    await assertMayGiveRole(trx, { organization, by, role, verb: "giving" });
    if (before !== undefined)
      await assertMayGiveRole(trx, { organization, by, role: before.role, verb: "taking" });
    await putMember(trx, { organization: id, account: account.id, role, now: this.#deps.clock() });
    if (before?.role.isOwner) await this.#assertOwner(trx, id);
    if (before === undefined) await removeInvitationsOf(trx, account.id, id);
    await this.#record(trx, {
      by,
      origin,
      action: before === undefined ? "org.member.add" : "org.member.role.change",
      account: name,
      name: account.name,
      ...(before === undefined ? {} : { before: { role: before.role.name } }),
      after: { role: role.name },
    });
  }

  /** Throws NOT_FOUND, LAST_OWNER or DENIED. */
  async removeMember(
    organization: Organization,
    wish: { readonly account: Account } & By,
  ): Promise<void> {
    const { account, by, origin } = wish;
    const { id, name } = organization;
    await this.#deps.database.write(async (trx) => {
      const before = await findMember(trx, id, account.id);
      if (before === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
      await assertMayGiveRole(trx, { organization, by, role: before.role, verb: "taking" });
      await removeMember(trx, id, account.id);
      if (before.role.isOwner) await this.#assertOwner(trx, id);
      const role = before.role.name;
      const deed = { by, origin, account: name, name: account.name, before: { role } };
      await this.#record(trx, { ...deed, action: "org.member.remove" });
    });
    this.#deps.onChange();
  }

  async #assertOwner(trx: Trx, id: NamespaceId): Promise<void> {
    if ((await countOwners(trx, id)) > 0) return;
    throw new ProblemError(PROBLEMS.LAST_OWNER, { detail: "make somebody else an owner first" });
  }

  async #record(trx: Trx, deed: Deed): Promise<void> {
    await this.#deps.journal.record(trx, deed);
  }
}
