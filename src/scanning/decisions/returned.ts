import type { Kysely } from "kysely";
import type { ScanFinding } from "../../contract/scans.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import type { Digest } from "../../oci/digest.ts";
import type { ManifestId, RegistryTables } from "../../registry/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { findScan } from "../store/scans-store.ts";
import { spellingsOf } from "../store/vulnerability-ids.ts";
import type { ScanId, ScanningTables } from "../tables.ts";
import { type Decision, isAbout, judgeFinding, suppresses } from "./decision.ts";
import type { Place } from "./decisions-store.ts";
import { findingsOf, readSayings } from "./in-force.ts";

type Db = Kysely<ScanningTables & RegistryTables>;

/** What counts again in one image of one repository. */
export interface Returned {
  readonly repository: Place;
  readonly digest: Digest;
  readonly findings: readonly ScanFinding[];
}

/** Tells of it in the transaction that makes it count. */
export type TellReturned = (trx: Db, returned: Returned, now: Date) => Promise<void>;

/** A decision for the whole hub may be about thousands of images: so many are looked at and told of at once. */
const PLACES = 25;

export interface ReturnedPage {
  readonly returned: readonly Returned[];
  /** The place after which to go on; undefined where there are no more. */
  readonly next: string | undefined;
}

/** What counts now that a decision is over, of the images after a place. Read before a transaction, which must not wait for it. */
export async function listReturning(
  db: Db,
  decision: Decision,
  options: { readonly now: Date; readonly trustsClaims: boolean; readonly after: string },
): Promise<ReturnedPage> {
  if (!suppresses(decision.status)) return { returned: [], next: undefined };
  const returned: Returned[] = [];
  const results = new Map<Digest, readonly ScanFinding[]>();
  const places = await listPlaces(db, decision, options.after);
  for (const { repository, digest } of places) {
    const findings = results.get(digest) ?? (await findingsOf(await findScan(db, digest)));
    results.set(digest, findings);
    const meant = findings.filter((finding) => isAbout(decision, finding));
    const { decisions, claims } = await readSayings(db, { repository, digest, now: options.now });
    const others = decisions.filter(({ id }) => id !== decision.id);
    const inForce = meant
      .map((finding) => judgeFinding(finding, { decisions: others, claims }, options.trustsClaims))
      .filter(({ isInForce }) => isInForce);
    if (inForce.length > 0)
      returned.push({ repository, digest, findings: inForce.map(({ finding }) => finding) });
  }
  return { returned, next: places.length < PLACES ? undefined : places.at(-1)?.key };
}

async function listPlaces(db: Db, { scope, vulnerability }: Decision, after: string) {
  const { kind, id, digest } = scope;
  const [scan = 0, manifest = 0] = after.split("-").map(Number);
  const rows = await db
    .selectFrom("findings")
    .innerJoin("scans", "scans.id", "findings.scan_id")
    .innerJoin("manifests", "manifests.digest", "scans.digest")
    .innerJoin("repositories", "repositories.id", "manifests.repository_id")
    .select(["repositories.id", "repositories.namespace_id as namespaceId"])
    .select(["scans.id as scan", "manifests.id as manifest", "scans.digest"])
    .distinct()
    .where("findings.vulnerability", "in", spellingsOf(vulnerability))
    .where("scans.id", ">=", scan as ScanId)
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple("scans.id", "manifests.id"), ">", tuple(scan as ScanId, manifest as ManifestId)),
    )
    .$if(kind === "namespace", (query) =>
      query.where("repositories.namespace_id", "=", id as NamespaceId),
    )
    .$if(kind === "repository" || kind === "image", (query) =>
      query.where("repositories.id", "=", id as RepositoryId),
    )
    .$if(digest !== undefined, (query) => query.where("scans.digest", "=", digest as Digest))
    .orderBy("scans.id")
    .orderBy("manifests.id")
    .limit(PLACES)
    .execute();
  return rows.map((row) => ({
    key: `${row.scan}-${row.manifest}`,
    repository: { id: row.id, namespaceId: row.namespaceId ?? undefined },
    digest: row.digest,
  }));
}
