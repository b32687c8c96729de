import type { Logger } from "pino";
import type { Digest } from "../../oci/digest.ts";
import { failPoint } from "../../platform/fail-point.ts";
import type { Repository } from "../../repositories/index.ts";
import type { Build, UsedBase } from "../builds-store.ts";
import { type AttestDeps, attestBuild } from "../provenance/attest-build.ts";
import { type OwedProvenance, saveOwed } from "../provenance/owed-provenance.ts";

export type AttestPublishedDeps = Pick<AttestDeps, "database" | "attest" | "hubUrl"> & {
  readonly log: Logger;
};

/**
 * Says of each image how it was built, and notes that it is said: a hub that dies between these two says it twice at most. They are
 * published already: without provenance they are no worse images, but their log says so. False where one has none.
 */
export async function attestPublished(
  deps: AttestPublishedDeps,
  build: Build,
  made: {
    readonly repository: Repository;
    readonly bases: readonly UsedBase[];
    readonly owed: OwedProvenance;
    readonly print: (text: string) => void;
  },
): Promise<boolean> {
  const { repository, bases, owed, print } = made;
  const images = [...owed.images];
  let isWhole = true;
  for (const [index, image] of images.entries()) {
    if (image.isSaid) continue;
    try {
      await attestBuild(deps, build, { repository, image, bases, owed });
      images[index] = { ...image, isSaid: true };
      await deps.database.write((trx) => saveOwed(trx, build.id, { ...owed, images }));
      const { platform } = image;
      print(
        `Provenance${platform === undefined ? "" : ` for ${platform}`} is signed and attached\n`,
      );
    } catch (err) {
      isWhole = false;
      deps.log.error({ err, build: build.id }, "provenance was not attached");
      print("Provenance could not be attached; the log of the hub says why\n");
    }
  }
  await failPoint("build.attested");
  return isWhole;
}

/** Those that run: an index is none. */
export function imagesOf({ images }: OwedProvenance): readonly Digest[] {
  const parts = images.length === 1 ? images : images.slice(1);
  return parts.map(({ digest }) => digest);
}
