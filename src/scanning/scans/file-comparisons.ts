import { PROBLEMS } from "../../contract/problems.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Repository } from "../../repositories/index.ts";
import { LayerRefused } from "../layers/layer-refused.ts";
import { readListings } from "../store/wastes-store.ts";
import type { ScanningTables } from "../tables.ts";
import type { FileComparison } from "../waste/compare-files.ts";
import type { Scans, ScanWish } from "./scans.ts";

type Listings = readonly Uint8Array[];

export interface FileComparisonDeps {
  readonly database: Pick<Database<ScanningTables>, "reader">;
  readonly scans: Pick<Scans, "getResult">;
  readonly compareFiles: (
    sides: { readonly from: Listings; readonly to: Listings },
    signal: AbortSignal,
  ) => Promise<FileComparison>;
}

export interface ComparedImages extends Pick<ScanWish, "platform"> {
  readonly from: string;
  readonly to: string;
}

/** They wait for the threads that scans need, too. */
const AT_ONCE = 4;
const TIME_MS = 60_000;
/** Packed listings of both lie in memory together while they go to the thread. */
const MOST_BYTES = 128 * 1024 * 1024;

/** Which files of two images differ, by what was listed when their layers were scanned: no layer is read again. */
export class FileComparisons {
  readonly #deps: FileComparisonDeps;
  #underway = 0;

  constructor(deps: FileComparisonDeps) {
    this.#deps = deps;
  }

  /** Throws NOT_FOUND, NOT_SCANNED, TOO_MANY_FILES and TOO_MANY_REQUESTS. */
  async compare(place: Repository, { from, to, platform }: ComparedImages) {
    if (this.#underway >= AT_ONCE) {
      const detail = "other images are being compared: try again in a minute";
      throw new ProblemError(PROBLEMS.TOO_MANY_REQUESTS, { detail });
    }
    this.#underway += 1;
    try {
      const [before, after] = [
        await this.#read(place, { reference: from, platform }),
        await this.#read(place, { reference: to, platform }),
      ];
      const bytes = [...before, ...after].reduce((sum, listing) => sum + listing.length, 0);
      if (bytes > MOST_BYTES) throw tooMany();
      const sides = { from: before, to: after };
      return await this.#deps.compareFiles(sides, AbortSignal.timeout(TIME_MS));
    } catch (cause) {
      if (cause instanceof LayerRefused) throw tooMany();
      throw cause;
    } finally {
      this.#underway -= 1;
    }
  }

  async #read(place: Repository, wish: ScanWish): Promise<Listings> {
    const { result } = await this.#deps.scans.getResult(place, wish);
    const { diffIds } = result;
    const found = await readListings(this.#deps.database.reader, diffIds);
    const listings = found.filter((listing) => listing !== undefined);
    if (listings.length < diffIds.length) throw tooMany();
    return listings;
  }
}

function tooMany(): ProblemError {
  return new ProblemError(PROBLEMS.TOO_MANY_FILES, {
    detail:
      "one of the images holds more files than are listed; berth layers looks at one by itself",
  });
}
