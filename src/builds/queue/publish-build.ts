import { printDenial } from "../../access/index.ts";
import { parseTag } from "../../oci/tag.ts";
import type { Database } from "../../platform/db/index.ts";
import type { ImagePublisher } from "../../registry/index.ts";
import type { Repository, RepositoryId } from "../../repositories/index.ts";
import type { BuildAccess } from "../build-access.ts";
import { BuildFailed } from "../builder/build-failed.ts";
import { type Build, isOvertaken, startPublishing } from "../builds-store.ts";
import type { BuildTables } from "../tables.ts";

export interface PublishDeps {
  readonly database: Database<BuildTables>;
  readonly publisher: Pick<ImagePublisher, "publish">;
  readonly access: Pick<BuildAccess, "decidePush">;
  readonly findRepository: (id: RepositoryId) => Promise<Repository | undefined>;
}

/** On the right of who pushed. Undefined when it was cancelled meanwhile. Throws BuildFailed, OciError. */
export async function publishBuild(
  { database, access, publisher, findRepository }: PublishDeps,
  build: Build,
  image: { readonly folder: string } | undefined,
): Promise<string | undefined> {
  if (image === undefined) throw new Error("a build ended without an image");
  const { folder } = image;
  const repository = await findRepository(build.repositoryId);
  if (repository === undefined) throw new BuildFailed("the repository is gone");
  const decision = await access.decidePush(build.by, repository);
  if (decision.kind === "deny")
    throw new BuildFailed(
      `${build.by.name} may not push any more: ${printDenial(decision, undefined)}`,
    );
  if (decision.kind !== "allow")
    throw new BuildFailed(`${build.by.name} may not push any more: ${decision.reason}`);
  if (await isOvertaken(database.reader, build))
    throw new BuildFailed(`a later build of ${build.ref} has been published already`);
  if (!(await database.write((trx) => startPublishing(trx, build.id)))) return undefined;
  const tags = build.tags.map(parseTag);
  const { tagRules } = decision;
  const origin = { address: "", client: `berth build ${build.id}` };
  const by = { principal: build.by, origin: () => origin };
  return await publisher.publish(repository, { folder, tags, tagRules }, by);
}
