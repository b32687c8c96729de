import type { Kysely } from "kysely";
import type { HubImages } from "../bases/base-follower.ts";
import type { Place } from "../bases/base-graph.ts";
import type { UsedBase } from "../builds-store.ts";
import type { BuildTables } from "../tables.ts";
import type { Submission } from "./submissions-store.ts";

type Db = Kysely<BuildTables>;

export interface LibraryBase extends UsedBase {
  readonly place: Place;
  /** What the tag is now. */
  readonly now: string;
}

/** What was built on tags of this hub: undefined where that was not written down yet. What is named by its digest never moves. */
export function usedBasesOf({
  images,
}: Pick<Submission, "images">): readonly UsedBase[] | undefined {
  if (images.length === 0 || images.some(({ bases }) => bases === undefined)) return undefined;
  const all = images.flatMap(({ bases = [] }) => bases);
  const moving = all.filter(({ reference }) => !reference.includes("@"));
  return [...new Map(moving.map((base) => [`${base.reference}@${base.digest}`, base])).values()];
}

/** Names of official images that it was built on, without `library/`. */
export function baseNamesOf(submission: Pick<Submission, "images">): readonly string[] {
  const names = (usedBasesOf(submission) ?? []).flatMap(
    ({ reference }) => /^[^/]+\/library\/([^:@]+)/.exec(reference)?.[1] ?? [],
  );
  return [...new Set(names)];
}

/** Those of its bases whose tag is another image by now. A tag that was deleted is no reason to build anything. */
export async function listMovedBases(
  db: Db,
  images: Pick<HubImages, "findPlace" | "findDigest">,
  submission: Pick<Submission, "images">,
): Promise<readonly LibraryBase[]> {
  const moved: LibraryBase[] = [];
  for (const base of usedBasesOf(submission) ?? []) {
    const place = await images.findPlace(db, base.reference);
    const now = place && (await images.findDigest(db, place));
    if (place !== undefined && now !== undefined && now !== base.digest)
      moved.push({ ...base, place, now });
  }
  return moved;
}
