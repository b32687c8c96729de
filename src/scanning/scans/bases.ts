import type { Kysely } from "kysely";
import type { RepositoryName } from "../../oci/name.ts";
import type { RegistryTables } from "../../registry/index.ts";
import type { BaseImage } from "../inventory/base-image.ts";
import { listBases } from "../store/layers-in-use-store.ts";
import type { ScanningTables } from "../tables.ts";

/** Images of the hub that are one of these stacks of layers, of repositories that the caller may know of. */
export async function listVisibleBases(
  db: Kysely<ScanningTables & RegistryTables>,
  chainIds: readonly string[],
  sees: (repository: RepositoryName) => Promise<boolean>,
): Promise<readonly BaseImage[]> {
  const visible = new Map<RepositoryName, boolean>();
  const images: BaseImage[] = [];
  for (const { chainId, repository, digest, tag } of await listBases(db, chainIds)) {
    const isVisible = visible.get(repository) ?? (await sees(repository));
    visible.set(repository, isVisible);
    const name = tag === null ? `${repository}@${digest}` : `${repository}:${tag}`;
    if (isVisible) images.push({ chainId, name, digest });
  }
  return images;
}
