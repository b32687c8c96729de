import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Digest } from "../../../oci/digest.ts";
import type { Repository } from "../../../repositories/index.ts";
import type { UsedBase } from "../../builds-store.ts";
import { type AttestDeps, findLevel } from "../../provenance/attest-build.ts";
import { SLSA_PREDICATE, toDependency } from "../../provenance/slsa-predicate.ts";
import type { BuildSource } from "../parse-definition.ts";
import type { Submission } from "../submissions-store.ts";

/** An image as its builder left it, and what it was made of. */
export interface MadeImage {
  readonly digest: string;
  /** With `manifest.json`. */
  readonly folder: string;
  readonly platform: string;
  readonly source: BuildSource;
  readonly bases: readonly UsedBase[];
}

const manifestFile = z.object({ mediaType: z.string() });

/** Says of an image of a submission how it was built, signed by the hub: where it is staged, from which it is published with it. */
export async function attestImage(
  deps: Omit<AttestDeps, "database">,
  { id, name, author }: Pick<Submission, "id" | "name" | "author">,
  { repository, image }: { readonly repository: Repository; readonly image: MadeImage },
): Promise<void> {
  const bytes = await readFile(join(image.folder, "manifest.json"));
  const { mediaType } = manifestFile.parse(JSON.parse(bytes.toString("utf8")));
  const { gitRepo, gitFetch, gitCommit, directory, file, architecture } = image.source;
  const source = `git+${gitRepo}`;
  const level = await findLevel(deps.builder);
  await deps.attest({
    ...{ repository, by: author, predicateType: SLSA_PREDICATE },
    subject: { mediaType, digest: image.digest as Digest, size: bytes.length },
    predicate: {
      buildDefinition: {
        buildType: "https://berth.dev/build/official/v1",
        externalParameters: {
          ...{ source, ref: gitFetch, context: directory, dockerfile: file },
          ...{ image: name, architecture },
        },
        internalParameters: {
          ...{ builder: deps.builder.id, isolation: level, platform: image.platform },
        },
        resolvedDependencies: [
          { uri: `${source}@${gitFetch}`, digest: { gitCommit } },
          ...image.bases.map(toDependency),
        ],
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
