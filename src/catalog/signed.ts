import type { Kysely } from "kysely";
import type { Digest } from "../oci/digest.ts";
import type { Repository, RepositoryId } from "../repositories/index.ts";
import type { SigningTables } from "../signing/index.ts";

/** Of these repositories those with a tag of which somebody signed what it names whose signatures count there. */
export async function listSigned(
  db: Kysely<SigningTables>,
  repositories: readonly RepositoryId[],
  now: Date,
): Promise<ReadonlySet<RepositoryId>> {
  if (repositories.length === 0) return new Set();
  const rows = await db
    .selectFrom("repositories")
    .select("repositories.id")
    .where("repositories.id", "in", repositories)
    .where((is) =>
      is.exists(
        is
          .selectFrom("signatures")
          .innerJoin("signature_anchors", "signature_anchors.signature_id", "signatures.id")
          .innerJoin("trust_anchors", "trust_anchors.id", "signature_anchors.anchor_id")
          .innerJoin("manifests", (join) =>
            join
              .onRef("manifests.repository_id", "=", "signatures.repository_id")
              .onRef("manifests.digest", "=", "signatures.subject"),
          )
          .innerJoin("tags", "tags.manifest_id", "manifests.id")
          .select("signatures.id")
          .whereRef("signatures.repository_id", "=", "repositories.id")
          .where("signatures.state", "=", "verified")
          .where((of) =>
            of.or([
              of("signatures.expires_at", "is", null),
              of("signatures.expires_at", ">", now.getTime()),
            ]),
          )
          .where((of) =>
            of.or([
              of("trust_anchors.namespace_id", "=", 0),
              of("trust_anchors.namespace_id", "=", of.ref("repositories.namespace_id")),
            ]),
          ),
      ),
    )
    .execute();
  return new Set(rows.map(({ id }) => id));
}

/** How many signatures of each of these manifests count in their repository. */
export async function countSignatures(
  db: Kysely<SigningTables>,
  { id, namespaceId }: Pick<Repository, "id" | "namespaceId">,
  { subjects, now }: { readonly subjects: readonly Digest[]; readonly now: Date },
): Promise<ReadonlyMap<Digest, number>> {
  if (subjects.length === 0) return new Map();
  const rows = await db
    .selectFrom("signatures")
    .innerJoin("signature_anchors", "signature_anchors.signature_id", "signatures.id")
    .innerJoin("trust_anchors", "trust_anchors.id", "signature_anchors.anchor_id")
    .select((is) => [
      "signatures.subject",
      is.fn.count<number>("signatures.id").distinct().as("count"),
    ])
    .where("signatures.repository_id", "=", id)
    .where("signatures.subject", "in", subjects)
    .where("signatures.state", "=", "verified")
    .where((of) =>
      of.or([
        of("signatures.expires_at", "is", null),
        of("signatures.expires_at", ">", now.getTime()),
      ]),
    )
    .where("trust_anchors.namespace_id", "in", [0, ...(namespaceId ? [namespaceId] : [])])
    .groupBy("signatures.subject")
    .execute();
  return new Map(rows.map(({ subject, count }) => [subject, Number(count)]));
}
