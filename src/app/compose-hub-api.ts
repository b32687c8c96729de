import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logins } from "../accounts/index.ts";
import { createHubApi } from "../hub-api/index.ts";
import type { FilesystemStore } from "../platform/blobs/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { Registry } from "../registry/index.ts";
import type { HubTables } from "./stores.ts";

type HubApiDeps = Parameters<typeof createHubApi>[0];

interface HubApiParts
  extends Omit<HubApiDeps, "db" | "people" | "verify" | "deletions" | "blobs" | "assertMayAudit"> {
  readonly database: Database<HubTables>;
  readonly blobs: FilesystemStore;
  readonly logins: Logins;
}

/** Docker Hub's API, once there is a registry that it can speak of. */
export function composeHubApi(parts: HubApiParts): (registry: Registry) => FastifyPluginAsyncZod {
  const { database, logins, authority } = parts;
  return ({ deletions }) =>
    createHubApi({
      ...parts,
      deletions,
      db: database.reader,
      people: database.reader,
      verify: (claim) => logins.verify(claim),
      assertMayAudit: async (caller, account) =>
        void (await authority.getNamespace(caller, account, "audit.read")),
    });
}
