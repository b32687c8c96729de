import type { HubImages } from "./base-follower.ts";
import { findOutsideDigest, noteOutsideDigest } from "./outside-bases-store.ts";
import { OUTSIDE } from "./outside-place.ts";

/** A name with a tag and without a digest: what is named by its digest never moves. */
const MOVING = /^[^@]+:[^@/]+$/;

/** The images of this hub, and those of other registries that it looks at: links, order and circles are the same for both. */
export function withOutsideImages(
  images: HubImages,
  mayLookAt: (reference: string) => boolean,
): HubImages {
  return {
    ...images,
    async findPlace(db, reference) {
      const own = await images.findPlace(db, reference);
      if (own !== undefined || !MOVING.test(reference) || !mayLookAt(reference)) return own;
      return { repositoryId: OUTSIDE, tag: reference };
    },
    findDigest: (db, place) =>
      place.repositoryId === OUTSIDE
        ? findOutsideDigest(db, place.tag)
        : images.findDigest(db, place),
    async noteUsed(trx, { repositoryId, tag }, used) {
      return repositoryId === OUTSIDE && (await noteOutsideDigest(trx, tag, used));
    },
  };
}
