import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Authoriser, type Caller, callerOf } from "../../access/index.ts";
import {
  CONTENT_TRUST_CHANGES_PATH,
  CONTENT_TRUST_PATH,
  repositoryTrust,
  trustChange,
  trustChangesQuery,
  trustReset,
} from "../../contract/content-trust.ts";
import { pageOf, toPage } from "../../contract/pages.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { isRepositoryName } from "../../oci/name.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { RegistryTables } from "../../registry/index.ts";
import { findWholeRepository, type Repository } from "../../repositories/index.ts";
import type { TrustKeeper } from "../collections/trust-keeper.ts";
import { isNameOf } from "../collections/trusted-targets.ts";
import { listChanges } from "../store/changes-store.ts";
import { type Collection, listCollections } from "../store/collections-store.ts";
import { listCurrentFiles } from "../store/files-store.ts";
import type { TrustTables } from "../tables.ts";
import { describeSigned } from "../tuf/describe-signed.ts";
import { ownerOf } from "../tuf/keys.ts";

export interface TrustRouteDeps {
  readonly database: Pick<Database<TrustTables & RegistryTables>, "reader">;
  readonly authoriser: Authoriser;
  readonly keeper: Pick<TrustKeeper, "reset">;
}

/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });
/** The registry's own authoriser decides, which lets everybody do everything where there are no accounts. */
const config = { access: "anybody" } as const;
const TAGS_SHOWN = 1000;

/** What is signed in a repository, for whoever may pull it; and its end, for whoever may delete the repository. */
export function createTrustRoutes(deps: TrustRouteDeps): FastifyPluginAsyncZod {
  const { reader } = deps.database;
  return async (app) => {
    const show = { params, response: { 200: repositoryTrust } };
    app.get(`${CONTENT_TRUST_PATH}/*`, { config, schema: show }, async (request) => {
      const place = await getRepository(deps, callerOf(request), {
        text: request.params["*"],
        right: "pull",
      });
      const collections = await listCollections(reader, place.id);
      const items = await Promise.all(collections.map((one) => describe(deps, place, one)));
      return { repository: place.name, items };
    });
    const reset = { params, querystring: trustReset, response: { 204: z.null() } };
    app.delete(`${CONTENT_TRUST_PATH}/*`, { config, schema: reset }, async (request, reply) => {
      const caller = callerOf(request);
      const place = await getRepository(deps, caller, {
        text: request.params["*"],
        right: "admin",
      });
      const hadAny = await deps.keeper.reset(place, request.query.gun, caller);
      if (!hadAny) throw new ProblemError(PROBLEMS.NOT_FOUND);
      return await reply.code(204).send(null);
    });
    const response = { 200: pageOf(trustChange) };
    const changes = { params, querystring: trustChangesQuery, response };
    app.get(`${CONTENT_TRUST_CHANGES_PATH}/*`, { config, schema: changes }, async (request) => {
      const place = await getRepository(deps, callerOf(request), {
        text: request.params["*"],
        right: "pull",
      });
      const { last, limit } = request.query;
      const after = last === undefined ? undefined : Number(last);
      if (after !== undefined && !Number.isSafeInteger(after))
        throw new ProblemError(PROBLEMS.NOT_FOUND);
      const page = { after, limit: limit + 1, goesBack: true };
      const found = await listChanges(reader, page, { repositoryId: place.id });
      return toPage(found.map(toBody), limit, ({ id }) => id);
    });
  };
}

/** Throws UNAUTHORIZED, NOT_FOUND for what the caller may not see, or DENIED. */
async function getRepository(
  { authoriser, database }: TrustRouteDeps,
  { by }: Caller,
  { text, right }: { readonly text: string; readonly right: "pull" | "admin" },
): Promise<Repository> {
  const asked = text.toLowerCase();
  if (!isRepositoryName(asked)) throw new ProblemError(PROBLEMS.NOT_FOUND);
  const decision = await authoriser.decide({ principal: by, right, repository: asked });
  if (decision.kind === "challenge") throw new ProblemError(PROBLEMS.UNAUTHORIZED);
  if (decision.kind === "hide") throw new ProblemError(PROBLEMS.NOT_FOUND);
  if (decision.kind === "deny")
    throw new ProblemError(PROBLEMS.DENIED, { detail: decision.reason });
  const found = await findWholeRepository(database.reader, decision.repository ?? asked);
  if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
  return found;
}

async function describe(
  { database }: TrustRouteDeps,
  repository: Repository,
  { id, gun, createdAt }: Collection,
) {
  const files = await listCurrentFiles(database.reader, id);
  const { roles, tags } = describeSigned(
    new Map([...files].map(([role, { bytes }]) => [role, bytes])),
  );
  return {
    gun,
    isCurrentName: isNameOf(repository, gun),
    createdAt: createdAt.toISOString(),
    roles: roles.map(({ role, version, expires, threshold, keys }) => ({
      ...{ role, version, expires: expires.toISOString(), threshold },
      keys: keys.map((key) => ({ id: key.id, name: ownerOf(key) ?? null })),
    })),
    tags: tags.slice(0, TAGS_SHOWN).map(({ tag, sha256, roles: said }) => ({
      tag,
      digest: sha256 === undefined ? null : `sha256:${sha256}`,
      roles: [...said],
    })),
    hasMoreTags: tags.length > TAGS_SHOWN,
  };
}

function toBody({
  id,
  at,
  gun,
  category,
  version,
  sha256,
}: Awaited<ReturnType<typeof listChanges>>[number]) {
  return { ...{ gun, category, version, sha256 }, id: String(id), at: at.toISOString() };
}
