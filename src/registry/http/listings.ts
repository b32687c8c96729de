import type { Principal } from "../../access/index.ts";
import { BoundedCache } from "../../lib/bounded-cache.ts";
import { OciError } from "../../oci/error.ts";
import type { RepositoryName } from "../../oci/name.ts";
import { nextLink, parsePage } from "../../oci/pagination.ts";
import { addressOf, type RouteMatch } from "../../oci/route.ts";
import type { Database } from "../../platform/db/index.ts";
import { findRepository } from "../../repositories/index.ts";
import type { RegistryTables } from "../store/tables.ts";
import { listTagNames } from "../store/tags-store.ts";

export type ListingRoute = Extract<RouteMatch, { id: "tags" | "catalog" }>;

/** One page of a list, written out. */
export interface Listing {
  readonly headers: Readonly<Record<string, string | number>>;
  readonly text: string;
}

/** Whose view of which page. What one may see another may not. */
export interface ListingQuestion {
  readonly principal: Principal;
  readonly route: ListingRoute;
}

/** One page of the names that the principal may see, in byte order, strictly after `last`. */
export type ListVisible = (
  principal: Principal,
  page: { readonly last: string | undefined; readonly limit: number },
) => Promise<readonly RepositoryName[]>;

interface ListingDeps {
  readonly database: Database<RegistryTables>;
  readonly listVisible: ListVisible;
  /** How many entries one page holds at most. */
  readonly catalogPage: number;
  readonly tagsPage: number;
}

const KEPT_CHARACTERS = 8 * 1024 * 1024;
/** What a short page takes beside its text; whoever asks for ever new pages must not fill the memory with them. */
const OVERHEAD_CHARACTERS = 2048;

/**
 * Pages of tags and of repositories. Those who wait for a new tag ask for the same page again and again: a page that was
 * written out once is sent again until anything at all is committed.
 */
export class Listings {
  readonly #deps: ListingDeps;
  readonly #kept = new BoundedCache<Listing>(KEPT_CHARACTERS);
  #version = Number.NaN;

  constructor(deps: ListingDeps) {
    this.#deps = deps;
  }

  /** The page, if it is in memory and still true. */
  find(question: ListingQuestion): Listing | undefined {
    this.#forgetIfOutdated();
    return this.#kept.get(keyOf(question));
  }

  /** Throws NAME_UNKNOWN or PAGINATION_NUMBER_INVALID. */
  async get(question: ListingQuestion): Promise<Listing> {
    const known = this.find(question);
    if (known !== undefined) return known;
    const { version } = this.#kept;
    const { route } = question;
    const listing =
      route.id === "tags"
        ? await this.#tags(route)
        : await this.#catalog(question.principal, route);
    const key = keyOf(question);
    // Whatever is committed while the page is read changes the database's version: then it is not sent again.
    const weight = OVERHEAD_CHARACTERS + key.length + listing.text.length;
    this.#kept.fill(key, { value: listing, weight, version });
    return listing;
  }

  #forgetIfOutdated(): void {
    const version = this.#deps.database.version();
    if (version === this.#version) return;
    this.#version = version;
    this.#kept.clear();
  }

  async #tags(route: Extract<ListingRoute, { id: "tags" }>): Promise<Listing> {
    const { reader } = this.#deps.database;
    const repository = await findRepository(reader, route.name);
    if (repository === undefined) throw new OciError("NAME_UNKNOWN", { name: route.name });
    const { n, last } = parsePage(route.query, this.#deps.tagsPage);
    const names = n === 0 ? [] : await listTagNames(reader, repository, { last, limit: n + 1 });
    const page = takePage(names, n);
    return write(
      { name: route.asked ?? route.name, tags: page.entries },
      linkTo(`${addressOf(route)}/tags/list`, { n, last: page.nextLast }),
    );
  }

  async #catalog(
    principal: Principal,
    route: Extract<ListingRoute, { id: "catalog" }>,
  ): Promise<Listing> {
    const { n, last } = parsePage(route.query, this.#deps.catalogPage);
    const names = n === 0 ? [] : await this.#deps.listVisible(principal, { last, limit: n + 1 });
    const page = takePage(names, n);
    return write(
      { repositories: page.entries },
      linkTo("/v2/_catalog", { n, last: page.nextLast }),
    );
  }
}

function keyOf({ principal, route }: ListingQuestion): string {
  const name = route.id === "tags" ? [route.name, route.asked] : "";
  const { kind, accountId, role, credential, granted } = principal;
  const view =
    route.id === "tags" ? [] : [kind, principal.name, accountId, role, credential, granted];
  return JSON.stringify([view, name, route.query.get("n"), route.query.get("last")]);
}

function write(body: unknown, link: Readonly<Record<string, string>>): Listing {
  const text = JSON.stringify(body);
  return {
    headers: {
      "Content-Type": "application/json",
      ...link,
      "Content-Length": Buffer.byteLength(text),
    },
    text,
  };
}

/** Of one entry more than the page holds, the page, and where the next one starts if there is one. */
function takePage<Name extends string>(
  names: readonly Name[],
  n: number,
): { entries: readonly Name[]; nextLast: Name | undefined } {
  const entries = names.slice(0, n);
  return { entries, nextLast: names.length > n ? entries.at(-1) : undefined };
}

function linkTo(
  path: string,
  page: { n: number; last: string | undefined },
): Readonly<Record<string, string>> {
  if (page.last === undefined) return {};
  return { Link: nextLink(path, { n: String(page.n), last: page.last }) };
}
