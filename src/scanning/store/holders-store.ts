import type { ExpressionBuilder, Kysely } from "kysely";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { Digest } from "../../oci/digest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { ManifestId, RegistryTables } from "../../registry/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { PackageId, ScanId, ScanningTables } from "../tables.ts";
import { spellingsOf } from "./vulnerability-ids.ts";

type Tables = ScanningTables & RegistryTables;
type Db = Kysely<Tables>;

/** A row of a search: one package of one image in one repository. */
export interface Holding {
  readonly scanId: ScanId;
  readonly packageId: PackageId;
  readonly manifestId: ManifestId;
  readonly repository: RepositoryName;
  readonly digest: Digest;
  readonly type: string;
  readonly package: string;
  readonly version: string;
}

export interface FindingHolding extends Holding {
  readonly repositoryId: RepositoryId;
  readonly namespaceId: NamespaceId | null;
  readonly vulnerability: string;
  readonly severity: string;
  readonly fixedVersion: string | null;
}

/** The key of the last row of the page before. */
export type HoldingKey = readonly [scan: number, packageId: number, manifest: number];

interface Page {
  readonly after: HoldingKey;
  readonly limit: number;
}

const COLUMNS = [
  "scans.id as scanId",
  "packages.id as packageId",
  "manifests.id as manifestId",
  "repositories.name as repository",
  "scans.digest",
  "packages.type",
  "packages.name as package",
  "packages.version",
] as const;

/** The first bound is implied by the second, and is the one that an index can begin at. */
function isAfter([scan, packageId, manifest]: HoldingKey) {
  return ({
    and,
    eb,
    refTuple,
    tuple,
  }: ExpressionBuilder<Tables, "scans" | "packages" | "manifests">) =>
    and([
      eb("scans.id", ">=", scan as ScanId),
      eb(
        refTuple("scans.id", "packages.id", "manifests.id"),
        ">",
        tuple(scan as ScanId, packageId as PackageId, manifest as ManifestId),
      ),
    ]);
}

/** Images in which the vulnerability was found, however its id is spelt; by ids. */
export async function listFindingHoldings(
  db: Db,
  vulnerability: string,
  { after, limit }: Page,
): Promise<readonly FindingHolding[]> {
  return await db
    .selectFrom("findings")
    .innerJoin("scans", "scans.id", "findings.scan_id")
    .innerJoin("packages", "packages.id", "findings.package_id")
    .innerJoin("manifests", "manifests.digest", "scans.digest")
    .innerJoin("repositories", "repositories.id", "manifests.repository_id")
    .select(COLUMNS)
    .select(["findings.vulnerability", "findings.severity"])
    .select("findings.fixed_version as fixedVersion")
    .select(["repositories.id as repositoryId", "repositories.namespace_id as namespaceId"])
    .where("findings.vulnerability", "in", spellingsOf(vulnerability))
    .where(isAfter(after))
    .orderBy("scans.id")
    .orderBy("packages.id")
    .orderBy("manifests.id")
    .limit(limit)
    .execute();
}

/** Images that hold one of these packages, by ids. */
export async function listPackageHoldings(
  db: Db,
  packages: readonly PackageId[],
  { after, limit }: Page,
): Promise<readonly Holding[]> {
  if (packages.length === 0) return [];
  return await db
    .selectFrom("scanned_packages")
    .innerJoin("scans", "scans.id", "scanned_packages.scan_id")
    .innerJoin("packages", "packages.id", "scanned_packages.package_id")
    .innerJoin("manifests", "manifests.digest", "scans.digest")
    .innerJoin("repositories", "repositories.id", "manifests.repository_id")
    .select(COLUMNS)
    .where("scanned_packages.package_id", "in", packages)
    .where(isAfter(after))
    .orderBy("scans.id")
    .orderBy("packages.id")
    .orderBy("manifests.id")
    .limit(limit)
    .execute();
}

/** Every version of a package that the hub has seen, up to `limit`. */
export async function listVersions(
  db: Db,
  { name, type, limit }: { readonly name: string; readonly type?: string; readonly limit: number },
): Promise<readonly { readonly id: PackageId; readonly type: string; readonly version: string }[]> {
  return await db
    .selectFrom("packages")
    .select(["id", "type", "version"])
    .where("name", "=", name)
    .$if(type !== undefined, (query) => query.where("type", "=", type as string))
    .limit(limit)
    .execute();
}
