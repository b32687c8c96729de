import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import { rootOfCompanion } from "../../oci/referrers.ts";
import type { Tag } from "../../oci/tag.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { findManifestId, findSubject, isReferenced } from "../store/manifests-store.ts";
import type { RegistryTables } from "../store/tables.ts";
import { listTagsOfManifest } from "../store/tags-store.ts";

/** What collection decides of a candidate, and the sentence that says why. */
export interface Verdict {
  readonly keep: boolean;
  readonly why: string;
}

/** A manifest lives as long as a tag, an index or a subject of its repository holds it. */
export async function decideManifest(
  db: Kysely<RegistryTables>,
  candidate: { repositoryId: RepositoryId; digest: Digest; untagged: "keep" | "remove" },
): Promise<Verdict> {
  const { repositoryId, digest } = candidate;
  const id = await findManifestId(db, repositoryId, digest);
  if (id === undefined) return { keep: true, why: "it is gone already" };
  const tags = await listTagsOfManifest(db, id);
  if (tags.some((tag) => rootOfCompanion(tag) === undefined)) {
    return { keep: true, why: "a tag names it" };
  }
  if (tags.length > 0) return await decideCompanion(db, repositoryId, tags);
  if (await isReferenced(db, repositoryId, { digest, kinds: ["child"] })) {
    return { keep: true, why: "an index of the repository names it" };
  }
  const subject = await findSubject(db, id);
  if (subject !== null && (await findManifestId(db, repositoryId, subject)) !== undefined) {
    return { keep: true, why: "it belongs to a manifest that is there" };
  }
  if (candidate.untagged === "keep") {
    return { keep: true, why: "manifests without a tag are kept (collection.untagged)" };
  }
  return { keep: false, why: "no tag, index or subject holds it (collection.untagged: remove)" };
}

/** Signatures under tags such as `sha256-<hex>.sig` die with what they are of, whatever becomes of other manifests. */
async function decideCompanion(
  db: Kysely<RegistryTables>,
  repositoryId: RepositoryId,
  tags: readonly Tag[],
): Promise<Verdict> {
  for (const tag of tags) {
    const root = rootOfCompanion(tag);
    if (root !== undefined && (await findManifestId(db, repositoryId, root)) !== undefined) {
      return { keep: true, why: `its tag ${tag} belongs to a manifest that is there` };
    }
  }
  return { keep: false, why: `what its tag ${tags[0]} belongs to is gone` };
}
