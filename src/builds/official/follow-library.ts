import type { Kysely } from "kysely";
import type { Journal } from "../../access/index.ts";
import type { Database } from "../../platform/db/index.ts";
import type { HubImages } from "../bases/base-follower.ts";
import { printPlace } from "../bases/base-graph.ts";
import { findPosition, savePosition } from "../bases/base-links-store.ts";
import type { BuildTables } from "../tables.ts";
import { listImages } from "./images-store.ts";
import { type LibraryBase, listMovedBases } from "./library-bases.ts";
import type { OfficialTables } from "./official-tables.ts";
import { rebuildImage } from "./rebuild-image.ts";
import { findSubmission } from "./submissions-store.ts";

export interface LibraryFollowerDeps {
  readonly database: Database<OfficialTables & BuildTables>;
  readonly journal: Journal;
  /** As the Dockerfiles of official images name them. */
  readonly libraryImages: Pick<HubImages, "findPlace" | "findDigest" | "listChanges">;
  /** How long more of a base is waited for. */
  readonly baseDelayMs: number;
  /** Whether anything is built by itself. */
  readonly rebuilds: boolean;
  readonly clock: () => Date;
}

type Trx = Kysely<OfficialTables & BuildTables>;

const POSITION = "tag events of the library";

/** Submits anew what is built on tags that moved since. What moved before anybody looked is the watch's. */
export async function followLibrary(deps: LibraryFollowerDeps): Promise<void> {
  const { database, libraryImages } = deps;
  const { reader } = database;
  const before = await findPosition(reader, POSITION);
  if (before !== undefined && (await libraryImages.listChanges(reader, before)).length === 0)
    return;
  await database.write(async (trx) => {
    const since = await findPosition(trx, POSITION);
    const changes = await libraryImages.listChanges(trx, since);
    await savePosition(trx, POSITION, changes.at(-1)?.id ?? since ?? 0);
    if (since === undefined) return;
    const moved = new Set(changes.map(printPlace));
    await rebuildOn(deps, trx, ({ place }) => moved.has(printPlace(place)));
  });
}

async function rebuildOn(
  deps: LibraryFollowerDeps,
  trx: Trx,
  hasMoved: (base: LibraryBase) => boolean,
): Promise<void> {
  if (!deps.rebuilds) return;
  for (const { status, submissionId } of await listImages(trx)) {
    if (status !== "maintained") continue;
    const published = await findSubmission(trx, submissionId);
    if (published === undefined) continue;
    const bases = await listMovedBases(trx, deps.libraryImages, published);
    if (bases.some(hasMoved)) await rebuildImage(deps, trx, { published, bases: toKey(bases) });
  }
}

/** What a rebuild is for: once for the same. */
export function toKey(bases: readonly LibraryBase[]): string {
  const parts = bases.map(({ reference, now }) => `${reference}@${now}`);
  return [...new Set(parts)].toSorted().join(" ");
}
