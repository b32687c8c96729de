import type { Kysely } from "kysely";
import type { Caller } from "../../access/index.ts";
import type { Digest } from "../../oci/digest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import { listTagsOfManifest, type RegistryTables } from "../../registry/index.ts";
import { createForce } from "../decisions/in-force.ts";
import {
  type FindingHolding,
  type Holding,
  type HoldingKey,
  listFindingHoldings,
  listPackageHoldings,
  listVersions,
} from "../store/holders-store.ts";
import type { ScanningTables } from "../tables.ts";
import type { ScanAccess } from "./scan-access.ts";

interface SearchDeps {
  readonly db: Kysely<ScanningTables & RegistryTables>;
  readonly access: Pick<ScanAccess, "may">;
  readonly trustsClaims: boolean;
  readonly clock: () => Date;
  /** Orders versions as the ecosystem of a type does; undefined where none is known. */
  readonly compareVersions: (type: string) => ((a: string, b: string) => number) | undefined;
}

interface PageWish {
  readonly last: string | undefined;
  readonly limit: number;
}

interface Held {
  readonly repository: RepositoryName;
  readonly digest: Digest;
  readonly tags: readonly string[];
}

export interface SearchPage<Item> {
  readonly items: readonly (Item & Held)[];
  /** There may be more after it, also where this page has nothing: only so many rows are looked at for one. */
  readonly next: string | undefined;
}

const BATCH = 200;
/** Rows that are looked at for one page, of which the caller may see none. */
const LOOKED = 5000;
const TAGS = 10;
const VERSIONS = 20_000;

/** "Who has it?", over all that the caller may pull. */
export class ScanSearch {
  readonly #deps: SearchDeps;

  constructor(deps: SearchDeps) {
    this.#deps = deps;
  }

  async findVulnerability(caller: Caller, id: string, page: PageWish) {
    const { db, trustsClaims, clock } = this.#deps;
    const found = await this.#collect<FindingHolding>(caller, page, (after) =>
      listFindingHoldings(db, id, { after, limit: BATCH }),
    );
    const isInForce = createForce(db, { trustsClaims, now: clock() });
    const items: (FindingHolding & Held & { readonly isInForce: boolean })[] = [];
    for (const item of found.items) items.push({ ...item, isInForce: await isInForce(item) });
    return { ...found, items };
  }

  /** All versions, or those before `below`. */
  async findPackage(
    caller: Caller,
    wish: {
      readonly name: string;
      readonly type?: string | undefined;
      readonly below?: string | undefined;
    },
    page: PageWish,
  ) {
    const { db } = this.#deps;
    const { name, type, below } = wish;
    const versions = await listVersions(db, {
      ...{ name, limit: VERSIONS },
      ...(type === undefined ? {} : { type }),
    });
    const ids = versions
      .filter((one) => below === undefined || this.#isBefore(one, below))
      .map(({ id }) => id);
    return await this.#collect<Holding>(caller, page, (after) =>
      listPackageHoldings(db, ids, { after, limit: BATCH }),
    );
  }

  #isBefore({ type, version }: { readonly type: string; readonly version: string }, below: string) {
    const compare = this.#deps.compareVersions(type);
    return compare !== undefined && compare(version, below) < 0;
  }

  async #collect<Row extends Holding>(
    caller: Caller,
    { last, limit }: PageWish,
    read: (after: HoldingKey) => Promise<readonly Row[]>,
  ): Promise<SearchPage<Row>> {
    const items: (Row & Held)[] = [];
    const visible = new Map<RepositoryName, boolean>();
    let after = parseKey(last);
    for (let looked = 0; looked < LOOKED; looked += BATCH) {
      const rows = await read(after);
      for (const row of rows) {
        if (items.length >= limit) return { items, next: after.join("-") };
        after = [row.scanId, row.packageId, row.manifestId];
        const isVisible = visible.get(row.repository) ?? (await this.#sees(caller, row.repository));
        visible.set(row.repository, isVisible);
        if (isVisible) items.push({ ...row, tags: await this.#tagsOf(row) });
      }
      if (rows.length < BATCH) return { items, next: undefined };
    }
    return { items, next: after.join("-") };
  }

  async #sees(caller: Caller, repository: RepositoryName): Promise<boolean> {
    return await this.#deps.access.may(caller, repository, "pull");
  }

  async #tagsOf({ manifestId }: Holding): Promise<readonly string[]> {
    return (await listTagsOfManifest(this.#deps.db, manifestId)).slice(0, TAGS);
  }
}

/** Whatever is no key of ours is before everything. */
function parseKey(last: string | undefined): HoldingKey {
  const [scan = 0, packageId = 0, manifest = 0] = (last ?? "").split("-").map(Number);
  return [scan || 0, packageId || 0, manifest || 0];
}
