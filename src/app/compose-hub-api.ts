import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Authenticator, Journal } from "../access/index.ts";
import type { Logins } from "../accounts/index.ts";
import { listOfficial } from "../builds/index.ts";
import { Platforms } from "../catalog/index.ts";
import { findFacets } from "../discovery/index.ts";
import { createHubApi, type HubTokens, withHubTokens, withScimToken } from "../hub-api/index.ts";
import { countCollaborators } from "../organizations/index.ts";
import type { FilesystemStore } from "../platform/blobs/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { Registry } from "../registry/index.ts";
import type { Tokens } from "../tokens/index.ts";
import { composeMoves } from "./compose-moves.ts";
import type { ComposedQuotas } from "./compose-quotas.ts";
import type { HubTables } from "./stores.ts";

type HubApiDeps = Parameters<typeof createHubApi>[0];

interface HubApiParts
  extends Omit<
    HubApiDeps,
    | "db"
    | "people"
    | "verify"
    | "verifyCode"
    | "deletions"
    | "removal"
    | "removeRepository"
    | "platforms"
    | "findAuditedSince"
    | "everybody"
    | "countCollaborators"
    | "findStored"
    | "listCategories"
    | "listOfficial"
  > {
  readonly database: Database<HubTables>;
  readonly blobs: FilesystemStore;
  readonly logins: Logins;
  readonly journal: Journal;
  readonly quotas: ComposedQuotas;
  /** Called after each committed change of what anybody may do. */
  readonly onChange: () => void;
  readonly clock: () => Date;
}

/** Docker Hub's API, and what of our own speaks of the registry, once there is one. */
export function composeHubApi(parts: HubApiParts): (registry: Registry) => FastifyPluginAsyncZod {
  const { database, logins, authority } = parts;
  return (registry) => {
    const { routes, removeRepository } = composeMoves(parts, registry);
    const hubApi = createHubApi({
      ...parts,
      deletions: registry.deletions,
      removal: registry.removal,
      removeRepository,
      db: database.reader,
      people: database.reader,
      everybody: database.reader,
      countCollaborators: (repositories) => countCollaborators(database.reader, repositories),
      listCategories: async ({ id }) => (await findFacets(database.reader, id)).categories,
      listOfficial: (names) => listOfficial(database.reader, names),
      findStored: (repository) => parts.quotas.findStored(repository),
      platforms: new Platforms(parts.blobs),
      verify: (claim) => logins.verify(claim),
      verifyCode: (by, code) => logins.verifyCode(by, code),
      findAuditedSince: (caller, account) => authority.findAuditedSince(caller, account),
    });
    return async (app) => {
      await app.register(routes);
      await app.register(hubApi);
    };
  };
}

/** The doors of the HTTP API know more kinds of tokens than the registry's. */
export function createApiAuthenticator(
  { scimToken }: { readonly scimToken: string | undefined },
  { authenticator }: Pick<Tokens, "authenticator">,
  hubTokens: HubTokens,
): Authenticator {
  return withScimToken(withHubTokens(authenticator, hubTokens), scimToken);
}
