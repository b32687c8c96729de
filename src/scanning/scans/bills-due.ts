import type { Kysely } from "kysely";
import type { Logger } from "pino";
import { ANONYMOUS } from "../../access/index.ts";
import type { Digest } from "../../oci/digest.ts";
import { OciError } from "../../oci/error.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import type { ManifestId, RegistryTables } from "../../registry/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { readPacked } from "../store/layer-reports-store.ts";
import type { ScanResult } from "../store/scan-result.ts";
import type { ScanningTables } from "../tables.ts";
import { type AttachDeps, attachBill, type BillFormat } from "./attach-document.ts";

type Tables = ScanningTables & RegistryTables;

interface BillsDueDeps extends AttachDeps {
  readonly database: Database<Tables>;
  readonly format: BillFormat;
  readonly log: Logger;
}

const AT_ONCE = 20;
/** The hub itself, which nobody is logged in as. */
const BY = {
  principal: { ...ANONYMOUS, name: "berth" },
  origin: () => ({ address: "", client: "berth" }),
};

/** With the position up to which arrivals were followed: none is forgotten, whatever ends the hub. */
export async function addBillsDue(trx: Kysely<Tables>, ids: readonly ManifestId[]): Promise<void> {
  if (ids.length === 0) return;
  await trx
    .insertInto("bills_due")
    .values(ids.map((id) => ({ manifest_id: id })))
    .onConflict((conflict) => conflict.column("manifest_id").doNothing())
    .execute();
}

/** Of images that are to have one, whatever holds for others that come. */
export async function addBillsDueOf(
  trx: Kysely<Tables>,
  images: { readonly repositoryId: RepositoryId; readonly digests: readonly Digest[] },
): Promise<void> {
  const found = await trx
    .selectFrom("manifests")
    .select("id")
    .where("repository_id", "=", images.repositoryId)
    .where("digest", "in", images.digests)
    .execute();
  await addBillsDue(
    trx,
    found.map(({ id }) => id),
  );
}

/** Attaches bills of materials to images that have come, once they are scanned. */
export class BillsDue {
  readonly #deps: BillsDueDeps;

  constructor(deps: BillsDueDeps) {
    this.#deps = deps;
  }

  async work(signal: AbortSignal): Promise<void> {
    const { database } = this.#deps;
    while (!signal.aborted) {
      const due = await listDue(database.reader);
      for (const one of due) {
        signal.throwIfAborted();
        await this.#attach(one);
        // A hub that dies here attaches the same document once more, which is the one that is there.
        await failPoint("scan.before-bill-removed");
        await database.write((trx) =>
          trx.deleteFrom("bills_due").where("manifest_id", "=", one.id).execute(),
        );
      }
      if (due.length < AT_ONCE) return;
    }
  }

  /** What is no image, or could not be scanned, has none. */
  async #attach({ digest, repositoryId, repository, ...scan }: Due): Promise<void> {
    if (scan.state !== "done" || scan.result === null || scan.scannedAt === null) return;
    const result = (await readPacked(scan.result)) as ScanResult;
    const place = { id: repositoryId, name: repository };
    const scanned = { result, scannedAt: new Date(scan.scannedAt) };
    const { format, log } = this.#deps;
    try {
      await attachBill(this.#deps, { place, by: BY, subject: digest, format, scanned });
    } catch (cause) {
      if (!(cause instanceof OciError)) throw cause;
      // A quota, or a hub that is read-only: who wants one all the same asks for it.
      log.warn({ err: cause, repository, digest }, "bill of materials not attached");
    }
  }
}

type Due = Awaited<ReturnType<typeof listDue>>[number];

async function listDue(db: Kysely<Tables>) {
  return await db
    .selectFrom("bills_due")
    .innerJoin("manifests", "manifests.id", "bills_due.manifest_id")
    .innerJoin("repositories", "repositories.id", "manifests.repository_id")
    .innerJoin("scans", "scans.digest", "manifests.digest")
    .select(["manifests.id", "manifests.digest", "repositories.id as repositoryId"])
    .select(["repositories.name as repository", "scans.state", "scans.result"])
    .select("scans.scanned_at as scannedAt")
    .where("scans.state", "!=", "waiting")
    .orderBy("manifests.id")
    .limit(AT_ONCE)
    .execute();
}
