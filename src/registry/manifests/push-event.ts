import type { Kysely } from "kysely";
import type { Origin, Principal } from "../../access/index.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Manifest } from "../../oci/manifest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { Tag } from "../../oci/tag.ts";
import { recordEvent } from "../../platform/jobs/outbox.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { RegistryTables } from "../store/tables.ts";

/** A manifest that is there now, and the tags that came to name it with that. */
export interface PushTold {
  readonly repository: RepositoryName;
  readonly repositoryId: RepositoryId;
  readonly manifest: Manifest;
  readonly digest: Digest;
  readonly size: number;
  readonly tags: readonly Tag[];
  readonly principal: Principal;
  readonly origin: Origin;
  /** Whether the event lists what the manifest names. */
  readonly tellsReferences: boolean;
  readonly now: Date;
}

export async function recordPush(trx: Kysely<RegistryTables>, told: PushTold): Promise<void> {
  const { repository, repositoryId, manifest, digest, size, tags, principal, origin } = told;
  await recordEvent(trx, {
    topic: "manifest.pushed",
    orderingKey: repository,
    payload: {
      repository,
      repositoryId,
      digest,
      mediaType: manifest.mediaType,
      size,
      tags,
      actor: principal.name,
      ...origin,
      ...(told.tellsReferences ? { references: referencesOf(manifest) } : {}),
    },
    at: told.now,
  });
}

/** As distribution's `references`, in the order of the manifest. */
function referencesOf({ config, layers, children }: Manifest) {
  const all = [...(config === undefined ? [] : [config]), ...layers, ...children];
  return all.map(({ mediaType, digest, size }) => ({ mediaType, digest, size }));
}
