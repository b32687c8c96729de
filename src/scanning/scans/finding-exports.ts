import type { Kysely } from "kysely";
import type { Caller } from "../../access/index.ts";
import type { Severity } from "../../contract/scans.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { Digest } from "../../oci/digest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import { listTagsOfManifest, type ManifestId, type RegistryTables } from "../../registry/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { partFindings } from "../decisions/decision.ts";
import { readSayings } from "../decisions/in-force.ts";
import { CSV_HEAD, toCsvRows } from "../reports/csv.ts";
import { toSarif } from "../reports/sarif.ts";
import { selectFindings } from "../reports/select.ts";
import { readPacked } from "../store/layer-reports-store.ts";
import { type ScanResult, toReport } from "../store/scan-result.ts";
import { isSameId } from "../store/vulnerability-ids.ts";
import type { ScanningTables } from "../tables.ts";
import type { ScanAccess } from "./scan-access.ts";

interface ExportDeps {
  readonly db: Kysely<ScanningTables & RegistryTables>;
  readonly access: Pick<ScanAccess, "may">;
  readonly trustsClaims: boolean;
  readonly clock: () => Date;
  /** Of this program. */
  readonly version: string;
}

export interface ExportWish {
  readonly format: "csv" | "sarif";
  readonly repository?: string | undefined;
  readonly namespace?: string | undefined;
  readonly severity?: Severity | undefined;
  readonly vulnerability?: string | undefined;
}

const PAGE = 50;

/** The findings of many images as one file, written as it is read: of all that the caller may pull. */
export class FindingExports {
  readonly #deps: ExportDeps;

  constructor(deps: ExportDeps) {
    this.#deps = deps;
  }

  async *write(caller: Caller, wish: ExportWish): AsyncGenerator<string> {
    if (wish.format === "csv") yield CSV_HEAD;
    else
      yield '{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[';
    let isFirst = true;
    for await (const report of this.#listReports(caller, wish)) {
      if (wish.format === "csv") {
        yield toCsvRows(report, report.findings, report.suppressed).join("");
        continue;
      }
      const [run] = toSarif(report, this.#deps.version).runs as readonly unknown[];
      yield `${isFirst ? "" : ",\n"}${JSON.stringify(run)}`;
      isFirst = false;
    }
    if (wish.format === "sarif") yield "]}\n";
  }

  async *#listReports(caller: Caller, wish: ExportWish) {
    const visible = new Map<RepositoryName, boolean>();
    for (let after = 0; ; ) {
      const rows = await listScanned(this.#deps.db, { ...wish, after });
      for (const row of rows) {
        after = row.id;
        const { repository } = row;
        const sees =
          visible.get(repository) ?? (await this.#deps.access.may(caller, repository, "pull"));
        visible.set(repository, sees);
        if (sees) yield await this.#read(row, wish);
      }
      if (rows.length < PAGE) return;
    }
  }

  async #read(row: Scanned, { severity, vulnerability }: ExportWish) {
    const { db, trustsClaims, clock } = this.#deps;
    const { repository, repositoryId, namespaceId, digest } = row;
    const result = (await readPacked(row.result)) as ScanResult;
    const place = { id: repositoryId, namespaceId: namespaceId ?? undefined };
    const sayings = await readSayings(db, { repository: place, digest, now: clock() });
    const wanted = result.findings.filter(
      ({ id }) => vulnerability === undefined || isSameId(id, vulnerability),
    );
    const { inForce: findings, suppressed } = partFindings(wanted, sayings, trustsClaims);
    const [tag] = await listTagsOfManifest(db, row.id);
    const image = tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`;
    const facts = { image, digest, scannedAt: new Date(row.scannedAt ?? 0), suppressed };
    return selectFindings(toReport({ ...result, findings }, facts), { severity });
  }
}

interface Scanned {
  readonly id: ManifestId;
  readonly digest: Digest;
  readonly repository: RepositoryName;
  readonly repositoryId: RepositoryId;
  readonly namespaceId: NamespaceId | null;
  readonly result: Uint8Array;
  readonly scannedAt: number | null;
}

async function listScanned(
  db: ExportDeps["db"],
  { repository, namespace, after }: ExportWish & { readonly after: number },
): Promise<readonly Scanned[]> {
  const prefix = `${namespace}/`;
  const rows = await db
    .selectFrom("manifests")
    .innerJoin("scans", "scans.digest", "manifests.digest")
    .innerJoin("repositories", "repositories.id", "manifests.repository_id")
    .select(["manifests.id", "manifests.digest", "repositories.name as repository"])
    .select(["repositories.id as repositoryId", "repositories.namespace_id as namespaceId"])
    .select(["scans.result", "scans.scanned_at as scannedAt"])
    .where("manifests.id", ">", after as ManifestId)
    .where("scans.result", "is not", null)
    .$if(repository !== undefined, (query) =>
      query.where("repositories.name", "=", repository as RepositoryName),
    )
    .$if(namespace !== undefined, (query) =>
      query
        .where("repositories.name", ">=", prefix as RepositoryName)
        // The character after a slash: everything that begins with the prefix is before it.
        .where("repositories.name", "<", `${namespace}0` as RepositoryName),
    )
    .orderBy("manifests.id")
    .limit(PAGE)
    .execute();
  return rows.flatMap(({ result, ...row }) => (result === null ? [] : { ...row, result }));
}
