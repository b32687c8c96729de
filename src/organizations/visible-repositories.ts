import { isMadeFor, type Principal, type Standings } from "../access/index.ts";
import { findNamespace, type NamespaceId, type NamespaceName } from "../namespaces/index.ts";
import type { RepositoryName } from "../oci/name.ts";
import type { Database } from "../platform/db/index.ts";
import {
  findWholeRepository,
  listNamesIn,
  listPublicNames,
  listRepositoryNames,
  type Repository,
} from "../repositories/index.ts";
import { listRestrictors } from "./settings/settings-store.ts";
import type { VouchedImages } from "./settings/vouched-images.ts";
import { listMemberships, listNamespacesWithRights } from "./standings-store.ts";
import type { OrganizationTables } from "./tables.ts";

interface Page {
  readonly last: string | undefined;
  readonly limit: number;
}

/** Where there may be something for somebody to see; "all" for those who may see everything. */
type Reach =
  | "all"
  | {
      readonly seesPublic: boolean;
      /** With something private in it for them. */
      readonly namespaces: readonly NamespaceId[];
    };

const LIBRARY = "library" as NamespaceName;
/** How many names are read at a time while those that may not be seen are left out. */
const BATCH = 1000;
/** Some hundred milliseconds in steps that let others in between. */
const SEARCHED = 200_000;

/** The names that somebody may see, a page at a time and in byte order: the catalog of the registry and of search. */
export class VisibleRepositories {
  readonly #database: Database<OrganizationTables>;
  readonly #standings: Standings;
  readonly #vouched: Pick<VouchedImages, "listPublishers">;

  constructor(deps: {
    database: Database<OrganizationTables>;
    standings: Standings;
    vouched: Pick<VouchedImages, "listPublishers">;
  }) {
    this.#database = deps.database;
    this.#vouched = deps.vouched;
    this.#standings = deps.standings;
  }

  async list(principal: Principal, page: Page): Promise<readonly RepositoryName[]> {
    return await this.#collect(principal, page, { holding: "", atMost: Number.POSITIVE_INFINITY });
  }

  /** Rights are asked for names that hold the text alone: that costs, and comparing does not. */
  async #collect(
    principal: Principal,
    page: Page,
    { holding, atMost }: { readonly holding: string; readonly atMost: number },
  ): Promise<readonly RepositoryName[]> {
    const reach = await this.reachOf(principal);
    const found: RepositoryName[] = [];
    let { last } = page;
    for (let looked = 0; found.length < page.limit && looked < atMost; looked += BATCH) {
      const names = await this.#candidates(reach, { last, limit: BATCH });
      const fitting = names.filter((name) => name.includes(holding) && isWithin(principal, name));
      found.push(...(await this.filter(principal, fitting, page.limit - found.length)));
      if (names.length < BATCH) break;
      last = names.at(-1);
    }
    return found;
  }

  /** The same, with what is known of each. */
  async listWhole(principal: Principal, page: Page): Promise<readonly Repository[]> {
    const names = await this.list(principal, page);
    const found: Repository[] = [];
    for (const name of names) {
      const repository = await findWholeRepository(this.#database.reader, name);
      if (repository !== undefined) found.push(repository);
    }
    return found;
  }

  /** Of one namespace, up to `limit`. */
  async listIn(principal: Principal, namespace: string, limit: number) {
    const { reader } = this.#database;
    const found = await findNamespace(reader, namespace as NamespaceName);
    if (found === undefined) return [];
    const names = await listNamesIn(reader, found.id, { last: undefined, limit });
    return await this.filter(principal, names);
  }

  /** Names that hold the text, up to `limit`; looks at a bounded number of names. */
  async search(principal: Principal, text: string, limit: number) {
    const page = { last: undefined, limit };
    return await this.#collect(principal, page, { holding: text.toLowerCase(), atMost: SEARCHED });
  }

  /** Of these names, in their order, up to `limit`. */
  async filter(
    principal: Principal,
    names: readonly RepositoryName[],
    limit = Number.POSITIVE_INFINITY,
  ) {
    const found: RepositoryName[] = [];
    for (const name of names) {
      if (found.length >= limit) break;
      if (await this.#maySee(principal, name)) found.push(name);
    }
    return found;
  }

  async reachOf({ accountId, kind, role }: Principal): Promise<Reach> {
    if (role !== undefined) return "all";
    if (accountId === undefined) return { seesPublic: true, namespaces: [] };
    const account = accountId as NamespaceId;
    const { reader } = this.#database;
    const memberships = await listMemberships(reader, account);
    const given = await listNamespacesWithRights(reader, account);
    const namespaces = new Set([account, ...memberships, ...given]);
    const restrictors = kind === "user" ? await listRestrictors(reader, account) : [];
    if (restrictors.length === 0) return { seesPublic: true, namespaces: [...namespaces] };
    // Else all that is public on the hub would be looked at, and left out, for one page.
    const library = await findNamespace(reader, LIBRARY);
    const publishers = await this.#vouched.listPublishers();
    const vouched = library === undefined ? publishers : [library.id, ...publishers];
    return { seesPublic: false, namespaces: [...new Set([...namespaces, ...vouched])] };
  }

  async #candidates(reach: Reach, page: Page): Promise<readonly RepositoryName[]> {
    const { reader } = this.#database;
    if (reach === "all") return await listRepositoryNames(reader, page);
    const { seesPublic, namespaces } = reach;
    const lists = await Promise.all([
      ...(seesPublic ? [listPublicNames(reader, page)] : []),
      ...namespaces.map((namespace) => listNamesIn(reader, namespace, page)),
    ]);
    const names = [...new Set(lists.flat())].sort(byBytes);
    return names.slice(0, page.limit);
  }

  async #maySee(principal: Principal, name: RepositoryName): Promise<boolean> {
    const standing = await this.#standings.find(principal, name);
    if (!standing.actions.has("pull")) return false;
    // A grant for the catalog names no repositories, so what limits it is the credential behind it.
    return isMadeFor(principal.credential, { ...standing, action: "pull" });
  }
}

/** Whether the credential could be for it, whatever it is: for a token of one repository the others are not even looked up. */
function isWithin({ credential }: Principal, repository: string): boolean {
  return isMadeFor(credential, { repository, action: "pull", isPublic: true });
}

function byBytes(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
