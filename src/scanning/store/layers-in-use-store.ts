import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { RegistryTables } from "../../registry/index.ts";
import type { PackageId, ScanId, ScanningTables } from "../tables.ts";

type Db = Kysely<ScanningTables>;

/** Rows of one step, so that nobody waits long for the transaction. */
const STEP = 500;

/** Which layers an image has, from the bottom, and the name of their whole stack. */
export async function replaceLayers(
  trx: Db,
  scanId: ScanId,
  {
    diffIds,
    chainId,
  }: { readonly diffIds: readonly string[]; readonly chainId: string | undefined },
): Promise<void> {
  await trx.deleteFrom("scanned_layers").where("scan_id", "=", scanId).execute();
  for (const diffId of new Set(diffIds))
    await trx.insertInto("scanned_layers").values({ scan_id: scanId, diff_id: diffId }).execute();
  await trx
    .updateTable("scans")
    .set({ chain_id: chainId ?? null })
    .where("id", "=", scanId)
    .execute();
}

/** Up to one step of reports of layers that no scanned image has; those made lately may be of a scan that is not over. */
export async function trimLayerReports(trx: Db, madeBefore: Date): Promise<boolean> {
  const unused = await trx
    .selectFrom("layer_reports")
    .select("diff_id")
    .where("made_at", "<", madeBefore.getTime())
    .where(({ exists, not, selectFrom }) =>
      not(
        exists(
          selectFrom("scanned_layers")
            .select("scan_id")
            .whereRef("scanned_layers.diff_id", "=", "layer_reports.diff_id"),
        ),
      ),
    )
    .limit(STEP)
    .execute();
  if (unused.length === 0) return false;
  const ids = unused.map((row) => row.diff_id);
  await trx.deleteFrom("layer_reports").where("diff_id", "in", ids).execute();
  return unused.length === STEP;
}

/** Of packages after an id, removes those that no image holds and no finding names; gives the last id that was looked at. */
export async function trimPackages(trx: Db, after: number): Promise<number | undefined> {
  const rows = await trx
    .selectFrom("packages")
    .leftJoin("scanned_packages", "scanned_packages.package_id", "packages.id")
    .leftJoin("findings", "findings.package_id", "packages.id")
    .select(["packages.id", "scanned_packages.scan_id as holder", "findings.scan_id as finding"])
    .distinct()
    .where("packages.id", ">", after as PackageId)
    .orderBy("packages.id")
    .limit(STEP)
    .execute();
  const gone = rows.filter(({ holder, finding }) => holder === null && finding === null);
  if (gone.length > 0)
    await trx
      .deleteFrom("packages")
      .where(
        "id",
        "in",
        gone.map(({ id }) => id),
      )
      .execute();
  return rows.length < STEP ? undefined : rows.at(-1)?.id;
}

export interface KnownBase {
  readonly chainId: string;
  readonly repository: RepositoryName;
  readonly digest: Digest;
  readonly tag: string | null;
}

/** A stack of layers may be in thousands of repositories. */
const BASES = 200;

/** Images of the hub that are these stacks of layers, oldest first: a base is there before what is built on it. */
export async function listBases(
  db: Kysely<ScanningTables & RegistryTables>,
  chainIds: readonly string[],
): Promise<readonly KnownBase[]> {
  const rows = await db
    .selectFrom("scans")
    .innerJoin("manifests", "manifests.digest", "scans.digest")
    .innerJoin("repositories", "repositories.id", "manifests.repository_id")
    .leftJoin("tags", "tags.manifest_id", "manifests.id")
    .select(["scans.chain_id as chainId", "repositories.name as repository", "scans.digest"])
    .select("tags.name as tag")
    .where("scans.chain_id", "in", chainIds)
    .orderBy("manifests.id")
    .limit(BASES)
    .execute();
  return rows.flatMap(({ chainId, ...row }) => (chainId === null ? [] : { chainId, ...row }));
}
