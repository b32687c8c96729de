import type { Database } from "../../platform/db/index.ts";
import { chainIdsOf } from "../inventory/base-image.ts";
import { LayerRefused } from "../layers/layer-refused.ts";
import { pack } from "../store/layer-reports-store.ts";
import { findWasteOf, readListings, saveWaste } from "../store/wastes-store.ts";
import type { ScanningTables } from "../tables.ts";
import type { ImageWaste } from "../waste/image-waste.ts";

export interface CompareLayersDeps {
  readonly database: Pick<Database<ScanningTables>, "reader" | "write">;
  readonly analyserVersion: number;
  readonly measureLayers: (
    listings: readonly Uint8Array[],
    signal: AbortSignal,
  ) => Promise<ImageWaste>;
  readonly clock: () => Date;
}

const TOO_MANY = "its layers hold more files than are compared";
/** Packed listings lie in memory together while they go to the thread. */
const MOST_BYTES = 128 * 1024 * 1024;

/**
 * Finds out what the layers of an image hide of each other, once for each stack of layers. To be called when all of them were
 * read to their end: only then is it known that they are what the image says. That they cannot be compared is no failure of the scan.
 */
export async function compareLayers(
  diffIds: readonly string[],
  { database, analyserVersion, measureLayers, clock }: CompareLayersDeps,
  signal: AbortSignal,
): Promise<void> {
  const chainId = chainIdsOf(diffIds).at(-1);
  if (chainId === undefined) return;
  const known = await findWasteOf(database.reader, chainId);
  if (known?.waste !== undefined && known.analyserVersion === analyserVersion) return;
  const key = { chainId, analyserVersion };
  const keep = async (found: { readonly waste?: Uint8Array; readonly reason?: string }) =>
    await database.write((trx) => saveWaste(trx, { ...key, ...found }, clock()));
  const listings = (await readListings(database.reader, diffIds)).filter(
    (listing) => listing !== undefined,
  );
  const bytes = listings.reduce((sum, listing) => sum + listing.length, 0);
  if (listings.length < diffIds.length || bytes > MOST_BYTES)
    return await keep({ reason: TOO_MANY });
  try {
    await keep({ waste: await pack(await measureLayers(listings, signal)) });
  } catch (cause) {
    if (!(cause instanceof LayerRefused)) throw cause;
    await keep({ reason: cause.code === "TOO_MANY_ENTRIES" ? TOO_MANY : cause.message });
  }
}
