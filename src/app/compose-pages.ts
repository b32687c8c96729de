import { join } from "node:path";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import { findSubmissionNews, SOURCE_TOPIC, SUBMISSION_TOPIC } from "../builds/index.ts";
import {
  CatalogAccess,
  createActivityRoutes,
  createCatalogRoutes,
  createEventRoutes,
  createImageRoutes,
  createTagDeletionRoutes,
  createTagRoutes,
  LiveEvents,
  type OperatingDeps,
  Platforms,
  type RepositoryChanges,
  TagNames,
} from "../catalog/index.ts";
import { OVERRIDE_TOPIC } from "../lifecycle/index.ts";
import {
  createHubRoutes,
  createPageRoutes,
  createPolicyReportRoutes,
  openBuiltPages,
} from "../pages/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PeriodicJob } from "../platform/jobs/index.ts";
import type { Metrics } from "../platform/observability/index.ts";
import { Statistics } from "../pulls/index.ts";
import type { Registry } from "../registry/index.ts";
import { composeDiscovery } from "./compose-discovery.ts";
import type { AccessOptions, Identity } from "./compose-identity.ts";
import { composeOperating } from "./compose-operating.ts";
import { composeOrganizationPages } from "./compose-organization-pages.ts";
import type { ComposedQuotas } from "./compose-quotas.ts";
import type { HubTables, Stores } from "./stores.ts";

/** Beside `src` in a clone and `dist` in a release: it is built from `web`. */
const BUILT_PAGES = join(import.meta.dirname, "../../dist-pages");

interface PageParts {
  readonly version: string;
  readonly access: AccessOptions;
  readonly settings: OperatingDeps["settings"];
  readonly identity: Pick<Identity, "access" | "authority" | "reachOf">;
  readonly database: Database<HubTables>;
  readonly blobs: Stores["blobs"];
  readonly registry: Pick<Registry, "images" | "deletions" | "removal">;
  readonly quotas: Pick<ComposedQuotas, "findStored">;
  readonly findingChanges: RepositoryChanges;
  readonly policyChanges: RepositoryChanges;
  readonly news: ConstructorParameters<typeof LiveEvents>[0]["news"];
  readonly metrics: Metrics;
  readonly clock: () => Date;
  readonly log: Logger;
}

/** In every mode: the web pages, and what they show of the registry. */
export async function composePages(parts: PageParts): Promise<
  AsyncDisposable & {
    readonly routes: readonly FastifyPluginAsyncZod[];
    readonly jobs: readonly PeriodicJob[];
  }
> {
  const { version, access, log } = parts;
  const { mode } = access;
  const signUp = access.mode === "accounts" ? access.signUp.policy : "closed";
  const pages = await openBuiltPages(BUILT_PAGES);
  if (pages === undefined) log.warn({ directory: BUILT_PAGES }, "pages were not built");
  const { database, identity } = parts;
  const catalogAccess = new CatalogAccess({
    ...identity.access,
    database,
    reachOf: identity.reachOf ?? (async () => "all"),
  });
  const events = new LiveEvents({
    ...{ db: database.reader, access: catalogAccess, news: parts.news, log },
    changes: [parts.findingChanges, parts.policyChanges],
    rights: { [SOURCE_TOPIC]: "push", [OVERRIDE_TOPIC]: "admin" },
    others: { [SUBMISSION_TOPIC]: (id) => findSubmissionNews(database.reader, id) },
  });
  const discovery = composeDiscovery(parts, catalogAccess);
  const operating = composeOperating(parts);
  const shell = pages === undefined ? [] : [createPageRoutes(pages)];
  return {
    routes: [
      createHubRoutes({ version, mode, signUp }),
      createPolicyReportRoutes(parts),
      createEventRoutes(events),
      ...createReadModels(parts, catalogAccess),
      ...discovery.routes,
      ...shell,
      ...composeOrganizationPages(parts, catalogAccess).routes,
      ...operating.routes,
    ],
    jobs: discovery.jobs,
    async [Symbol.asyncDispose]() {
      await Promise.all([events[Symbol.asyncDispose](), operating[Symbol.asyncDispose]()]);
    },
  };
}

function createReadModels(
  parts: PageParts,
  access: CatalogAccess,
): readonly FastifyPluginAsyncZod[] {
  const { database, registry, quotas, blobs } = parts;
  const db = database.reader;
  const deps = {
    ...{ db, scans: db, signatures: db },
    access,
    statistics: new Statistics({ db }),
    clock: parts.clock,
    platforms: new Platforms(blobs),
    tagNames: new TagNames(db),
    images: registry.images,
    deletions: registry.deletions,
    removal: registry.removal,
    findStored: quotas.findStored,
  };
  return [
    createCatalogRoutes(deps),
    createTagRoutes(deps),
    createActivityRoutes(deps),
    createImageRoutes(deps),
    createTagDeletionRoutes(deps),
  ];
}
