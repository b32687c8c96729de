import type { Kysely } from "kysely";
import { printDenial } from "../../access/index.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseTag } from "../../oci/tag.ts";
import type { Database } from "../../platform/db/index.ts";
import type { ImagePublisher } from "../../registry/index.ts";
import type { Repository, RepositoryId } from "../../repositories/index.ts";
import type { BuildAccess } from "../build-access.ts";
import { BuildFailed } from "../builder/build-failed.ts";
import type { Build, UsedBase } from "../builds-store.ts";
import type { GitRepositories } from "../git/git-repositories.ts";
import type { DescribedImages } from "../provenance/describe-images.ts";
import type { OwedProvenance } from "../provenance/owed-provenance.ts";
import type { BuildTables } from "../tables.ts";
import { tellBuild } from "../tell-builds.ts";
import { isOvertaken } from "./publication-order.ts";
import { notePublished, startPublishing } from "./queue-store.ts";

export interface PublishDeps {
  readonly git: Pick<GitRepositories, "extract" | "exists" | "listRefs" | "isBefore" | "messageOf">;
  readonly database: Database<BuildTables>;
  readonly publisher: Pick<ImagePublisher, "publish">;
  readonly access: Pick<BuildAccess, "decidePush">;
  readonly findRepository: (id: RepositoryId) => Promise<Repository | undefined>;
  readonly clock: () => Date;
}

export interface Published {
  readonly digest: Digest;
  readonly repository: Repository;
}

/** On the right of who pushed. Undefined when it was cancelled meanwhile. Throws BuildFailed, OciError. */
export async function publishBuild(
  deps: PublishDeps,
  build: Build,
  made: {
    readonly images: DescribedImages;
    readonly bases: readonly UsedBase[];
    readonly owed: OwedProvenance;
    readonly signal: AbortSignal;
  },
): Promise<Published | undefined> {
  const { database, access, publisher, findRepository } = deps;
  const { images, bases, owed, signal } = made;
  const { folder } = images.whole;
  const parts = images.parts.map((part) => part.folder);
  const repository = await findRepository(build.repositoryId);
  if (repository === undefined) throw new BuildFailed("the repository is gone");
  const decision = await access.decidePush(build.by, repository);
  if (decision.kind === "deny")
    throw new BuildFailed(
      `${build.by.name} may not push any more: ${printDenial(decision, undefined)}`,
    );
  if (decision.kind !== "allow")
    throw new BuildFailed(`${build.by.name} may not push any more: ${decision.reason}`);
  if (await isOvertaken(deps, build))
    throw new BuildFailed(`a later build of ${build.ref} has been published already`);
  const isOwn = await database.write(async (trx) => {
    if (!(await startPublishing(trx, build.id))) return false;
    await tellBuild(trx, "changed", { build, repository, now: deps.clock() });
    return true;
  });
  if (!isOwn) return undefined;
  const tags = build.tags.map(parseTag);
  const { tagRules } = decision;
  const origin = { address: "", client: `berth build ${build.id}` };
  const by = { principal: build.by, origin: () => origin };
  const files = { folder, parts, tags, tagRules, signal };
  // A hub that dies after this has published it, and the next one knows.
  const also = async (trx: unknown, published: Digest) =>
    await notePublished(trx as Kysely<BuildTables>, build.id, {
      ...{ digest: published, bases, owed },
    });
  const digest = await publisher.publish(repository, { ...files, also }, by);
  return { digest, repository };
}
