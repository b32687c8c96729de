import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { type Caller, callerOf } from "../access/index.ts";
import { TAG_DELETIONS_PATH, tagDeletion, tagsDeleted } from "../contract/catalog.ts";
import { OciError } from "../oci/error.ts";
import type { RepositoryName } from "../oci/name.ts";
import { isTag } from "../oci/tag.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { Registry } from "../registry/index.ts";
import type { CatalogAccess } from "./catalog-access.ts";

interface TagDeletionDeps {
  readonly access: CatalogAccess;
  readonly deletions: Pick<Registry["deletions"], "deleteTag">;
  readonly removal: Pick<Registry["removal"], "assertMayDelete">;
}

/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });
const FAILED = "the hub failed at it: try again";
const config = { access: "anybody" } as const;

/** Several tags at once, as people choose them on a page. Each is a deletion of its own, by the same rules as the registry's. */
export function createTagDeletionRoutes(deps: TagDeletionDeps): FastifyPluginAsyncZod {
  const { access, removal } = deps;
  return async (app) => {
    const schema = { params, body: tagDeletion, response: { 200: tagsDeleted } };
    app.post(`${TAG_DELETIONS_PATH}/*`, { config, schema }, async (request) => {
      const caller = callerOf(request);
      const { name: repository } = await access.getRepository(
        caller,
        request.params["*"],
        "delete",
      );
      removal.assertMayDelete();
      const deleted: string[] = [];
      const refused: { tag: string; why: string }[] = [];
      for (const tag of new Set(request.body.tags)) {
        const why = await tryToDelete(deps, caller, { repository, tag }).catch((err: unknown) => {
          // Whoever asked has to learn which are gone already, which an error of all would not say.
          if (deleted.length === 0) throw err;
          request.log.error({ err, repository, tag }, "tag was not deleted");
          return FAILED;
        });
        if (why === undefined) deleted.push(tag);
        else refused.push({ tag, why });
      }
      return { deleted, refused };
    });
  };
}

/** Why it stays; undefined when it is gone. */
async function tryToDelete(
  { deletions }: Pick<TagDeletionDeps, "deletions">,
  { by: principal, origin }: Caller,
  place: { readonly repository: RepositoryName; readonly tag: string },
): Promise<string | undefined> {
  const { repository, tag } = place;
  if (!isTag(tag)) return "this is no name of a tag";
  try {
    await deletions.deleteTag({ repository, tag, principal, origin });
    return undefined;
  } catch (cause) {
    if (cause instanceof OciError || cause instanceof ProblemError) return cause.message;
    throw cause;
  }
}
