import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Kysely } from "kysely";
import { z } from "zod";
import { callerOf } from "../access/index.ts";
import {
  countTags,
  type FindStored,
  findTagDetails,
  listTagDetails,
  type Platforms,
  type TagDetails,
  type TagImage,
} from "../catalog/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { isTag } from "../oci/tag.ts";
import type { Authority } from "../organizations/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { PullTables } from "../pulls/index.ts";
import type { Registry } from "../registry/index.ts";
import type { Repository } from "../repositories/index.ts";
import { envelope, hubPage, sliceOf } from "./pages.ts";
import { nameOf } from "./repository-routes.ts";

export interface HubTagDeps {
  readonly authority: Authority;
  readonly db: Kysely<PullTables>;
  readonly platforms: Platforms;
  readonly findStored: FindStored;
  readonly deletions: Pick<Registry["deletions"], "deleteTag">;
  readonly removal: Pick<Registry["removal"], "assertMayDelete">;
}

const word = z.string().max(255);
const params = z.object({ namespace: word, repository: word });
const one = params.extend({ tag: word });
const listQuery = z.object({
  ...hubPage,
  name: word.optional(),
  ordering: word.optional(),
  /** `true`: also tags such as `sha256-<hex>.sig`, under which clients keep signatures. */
  companions: z.stringbool().default(false),
});

const ORDERS = {
  name: "name",
  "-name": "-name",
  last_updated: "updated",
  "-last_updated": "-updated",
} as const;

/** Tags, under both of Docker Hub's styles of addresses. */
export function createHubTagRoutes(deps: HubTagDeps): FastifyPluginAsyncZod {
  const { authority } = deps;
  return async (app) => {
    const config = { access: "anybody" } as const;
    const bases = [
      "/v2/namespaces/:namespace/repositories/:repository",
      "/v2/repositories/:namespace/:repository",
    ];
    for (const base of bases) {
      const list = { params, querystring: listQuery };
      app.get(`${base}/tags`, { config, schema: list }, async (request) => {
        const found = await authority.getRepository(
          callerOf(request),
          nameOf(request.params),
          "pull",
        );
        const { name: holding, ordering, companions: withCompanions } = request.query;
        const page = { repository: found.id, holding, withCompanions, ...sliceOf(request.query) };
        const order = ORDERS[ordering as keyof typeof ORDERS] ?? "updated";
        const [count, tags] = [
          await countTags(deps, page),
          await listTagDetails(deps, { ...page, order }),
        ];
        const results = tags.map((tag) => toBody(found, tag));
        return envelope(request, request.query, { count, results });
      });
      app.get(`${base}/tags/:tag`, { config, schema: { params: one } }, async (request) => {
        const found = await authority.getRepository(
          callerOf(request),
          nameOf(request.params),
          "pull",
        );
        const tag = await findTagDetails(deps, { repository: found.id, name: request.params.tag });
        if (tag === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
        return toBody(found, tag);
      });
    }
    const account = { access: "account" } as const;
    const path = "/v2/repositories/:namespace/:repository/tags/:tag";
    app.delete(path, { config: account, schema: { params: one } }, async (request, reply) => {
      const caller = callerOf(request);
      const found = await authority.getRepository(caller, nameOf(request.params), "delete");
      deps.removal.assertMayDelete();
      const { tag } = request.params;
      if (!isTag(tag)) throw new ProblemError(PROBLEMS.NOT_FOUND);
      const { by: principal, origin } = caller;
      await deps.deletions.deleteTag({ repository: found.name, tag, principal, origin });
      return reply.code(204).send();
    });
  };
}

/** Docker Hub's tag, with both names of its state: tools read one, the documentation says the other. */
function toBody(repository: Repository, tag: TagDetails) {
  const at = tag.updatedAt.toISOString();
  return {
    id: tag.id,
    name: tag.name,
    creator: 0,
    repository: repository.id,
    last_updated: at,
    last_updater: 0,
    last_updater_username: tag.updatedBy,
    full_size: tag.images.reduce((sum, { size }) => sum + size, 0),
    v2: true,
    tag_status: "active",
    status: "active",
    tag_last_pulled: tag.lastPulledAt?.toISOString() ?? null,
    tag_last_pushed: at,
    media_type: tag.mediaType,
    content_type: "image",
    digest: tag.digest,
    images: tag.images.map(toImage),
  };
}

function toImage(image: TagImage) {
  const { digest, os, osVersion, architecture, variant, size, pushedAt, lastPulledAt } = image;
  return {
    architecture,
    features: "",
    variant: variant ?? null,
    digest,
    os,
    os_features: "",
    os_version: osVersion ?? null,
    size,
    status: "active",
    last_pulled: lastPulledAt?.toISOString() ?? null,
    last_pushed: pushedAt.toISOString(),
  };
}
