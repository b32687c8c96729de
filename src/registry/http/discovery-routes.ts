import { OciError } from "../../oci/error.ts";
import { OCI_INDEX } from "../../oci/media-type.ts";
import { nextLink, parsePage } from "../../oci/pagination.ts";
import type { RouteMatch } from "../../oci/route.ts";
import type { Database } from "../../platform/db/index.ts";
import { findRepository, listRepositoryNames } from "../../repositories/index.ts";
import type { Referrers } from "../manifests/referrers.ts";
import type { RegistryTables } from "../store/tables.ts";
import { listTagNames } from "../store/tags-store.ts";
import { answerJson, type Exchange } from "./exchange.ts";

type TagsRoute = Extract<RouteMatch, { id: "tags" }>;
type CatalogRoute = Extract<RouteMatch, { id: "catalog" }>;
type ReferrersRoute = Extract<RouteMatch, { id: "referrers" }>;

export interface DiscoveryDeps {
  readonly database: Database<RegistryTables>;
  readonly referrers: Referrers;
  /** How many entries one page holds at most. */
  readonly catalogPage: number;
  readonly tagsPage: number;
}

/** `GET /v2/<name>/tags/list` */
export async function getTags(
  deps: DiscoveryDeps,
  exchange: Exchange,
  route: TagsRoute,
): Promise<void> {
  const { reader } = deps.database;
  const repository = await findRepository(reader, route.name);
  if (repository === undefined) throw new OciError("NAME_UNKNOWN", { name: route.name });
  const { n, last } = parsePage(route.query, deps.tagsPage);
  const names = n === 0 ? [] : await listTagNames(reader, repository, { last, limit: n + 1 });
  const page = takePage(names, n);
  answerJson(exchange, 200, {
    body: { name: route.name, tags: page.entries },
    headers: linkTo(`/v2/${route.name}/tags/list`, { n, last: page.nextLast }),
  });
}

/** `GET /v2/_catalog` */
export async function getCatalog(
  deps: DiscoveryDeps,
  exchange: Exchange,
  route: CatalogRoute,
): Promise<void> {
  const { n, last } = parsePage(route.query, deps.catalogPage);
  const names =
    n === 0 ? [] : await listRepositoryNames(deps.database.reader, { last, limit: n + 1 });
  const page = takePage(names, n);
  answerJson(exchange, 200, {
    body: { repositories: page.entries },
    headers: linkTo("/v2/_catalog", { n, last: page.nextLast }),
  });
}

/** `GET /v2/<name>/referrers/<digest>`: 200 for any digest, so that clients can tell "none" from "no such API". */
export async function getReferrers(
  deps: DiscoveryDeps,
  exchange: Exchange,
  route: ReferrersRoute,
): Promise<void> {
  // Clients that do not escape the plus of `+json` send what a query reads as a space.
  const artifactType = route.query.get("artifactType")?.replaceAll(" ", "+") || undefined;
  const answer = await deps.referrers.list({
    repository: route.name,
    subject: route.digest,
    artifactType,
    last: route.query.get("last") ?? undefined,
  });
  const path = `/v2/${route.name}/referrers/${route.digest}`;
  answerJson(exchange, 200, {
    body: answer.index,
    headers: {
      "Content-Type": OCI_INDEX,
      ...(artifactType === undefined ? {} : { "OCI-Filters-Applied": "artifactType" }),
      ...(answer.nextLast === undefined
        ? {}
        : {
            Link: nextLink(path, {
              ...(artifactType === undefined ? {} : { artifactType }),
              last: answer.nextLast,
            }),
          }),
    },
  });
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
): Record<string, string> {
  if (page.last === undefined) return {};
  return { Link: nextLink(path, { n: String(page.n), last: page.last }) };
}
