import type { Repository } from "../../../repositories/index.ts";
import type { UsedBase } from "../../builds-store.ts";
import type { AttestDeps, BuildClaim } from "../../provenance/attest-build.ts";
import { findLevel } from "../../provenance/find-level.ts";
import { SLSA_PREDICATE, toDependency, toDigestSet } from "../../provenance/slsa-predicate.ts";
import type { IndexedImage } from "../../provenance/write-index.ts";
import type { BuildSource } from "../parse-definition.ts";
import type { Submission } from "../submissions-store.ts";

/** An image as its builder left it, and what it was made of. */
export interface MadeImage extends IndexedImage {
  readonly source: BuildSource;
  readonly bases: readonly UsedBase[];
}

/**
 * Says of an image of a submission, or of an index of several, how it was built, or that it was imported, signed by the hub: where it is staged, from which it
 * is published with it.
 */
export async function attestImage(
  deps: Omit<AttestDeps, "database">,
  { id, name, author }: Pick<Submission, "id" | "name" | "author">,
  made: {
    readonly repository: Repository;
    readonly subject: BuildClaim["subject"];
    readonly images: readonly MadeImage[];
  },
): Promise<void> {
  const { repository, subject, images } = made;
  // What is imported was built by others, however well the builder here keeps builds apart.
  const isImported = images.every(({ source }) => source.builder === "oci-import");
  const level = isImported ? "imported" : await findLevel(deps.builder);
  const builder = isImported ? "oci-import" : deps.builder.id;
  const isolation = isImported ? undefined : level;
  await deps.attest({
    ...{ repository, by: author, predicateType: SLSA_PREDICATE, subject },
    predicate: {
      buildDefinition: {
        buildType: "https://berth.dev/build/official/v1",
        ...describeParameters(name, images, { builder, isolation }),
        resolvedDependencies: listDependencies(images),
      },
      runDetails: {
        builder: { id: `${deps.hubUrl}/api/v1/builds#${level}` },
        metadata: {
          invocationId: `${deps.hubUrl}/api/v1/official/submissions/${id}`,
          finishedOn: deps.clock().toISOString(),
        },
      },
    },
  });
}

/** Of an index, those of each image in it. */
function describeParameters(name: string, images: readonly MadeImage[], builder: object): object {
  const parameters = images.map(({ digest, platform, source }) => ({
    external: describeSource(source),
    internal: { platform, digest: toDigestSet(digest) },
  }));
  const [only] = parameters;
  if (only !== undefined && parameters.length === 1)
    return {
      externalParameters: { ...only.external, image: name },
      internalParameters: { ...builder, platform: only.internal.platform },
    };
  return {
    externalParameters: { image: name, images: parameters.map(({ external }) => external) },
    internalParameters: { ...builder, images: parameters.map(({ internal }) => internal) },
  };
}

function describeSource(source: BuildSource): object {
  const { gitRepo, gitFetch, directory, file, architecture } = source;
  const place = { source: `git+${gitRepo}`, ref: gitFetch, architecture };
  if (source.builder === "oci-import") return { ...place, imported: { layout: directory, file } };
  return { ...place, context: directory, dockerfile: file };
}

/** Each once, whichever of the images was built on it. */
function listDependencies(images: readonly MadeImage[]): object[] {
  const all = images.flatMap(({ source: { gitRepo, gitFetch, gitCommit }, bases }) => [
    { uri: `git+${gitRepo}@${gitFetch}`, digest: { gitCommit } },
    ...bases.map(toDependency),
  ]);
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}
