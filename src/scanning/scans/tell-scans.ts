import type { Kysely } from "kysely";
import { scanEvent } from "../../contract/events.ts";
import type { ScanFinding } from "../../contract/scans.ts";
import { omitUndefined } from "../../lib/omit-undefined.ts";
import type { Digest } from "../../oci/digest.ts";
import { recordEvent } from "../../platform/jobs/index.ts";
import { listTagsOfManifest, type RegistryTables } from "../../registry/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { partFindings } from "../decisions/decision.ts";
import { readSayings } from "../decisions/in-force.ts";
import type { TellReturned } from "../decisions/returned.ts";
import { worstFirst } from "../reports/order.ts";
import { countBySeverity } from "../reports/select.ts";
import type { ScanningTables } from "../tables.ts";

interface ScanNews {
  readonly topic: "scan.completed" | "scan.failed" | "vulnerability.found";
  readonly digest: Digest;
  readonly reason?: string | undefined;
  readonly findings?: readonly ScanFinding[];
  readonly packages?: number;
  readonly now: Date;
}

/** Tells of a scan in the transaction of its result. */
export type TellScans = (trx: Db, news: ScanNews) => Promise<void>;

type Db = Kysely<ScanningTables & RegistryTables>;

/** A base image may be in thousands of repositories: whoever watches the hub hears of as many. */
const REPOSITORIES = 100;
const FINDINGS = 100;
const TAGS = 10;

interface Listening {
  /** Whether anybody wants to hear of it. */
  readonly wants: (kind: "scan" | "vulnerability") => boolean;
  readonly trustsClaims: boolean;
}

/** Writes an event for each repository that has the image, where anybody wants to hear of it: of the findings that count there. */
export function createTellScans({ wants, trustsClaims }: Listening): TellScans {
  return async (trx, { topic, digest, reason, findings, packages, now }) => {
    if (!wants(topic === "vulnerability.found" ? "vulnerability" : "scan")) return;
    for (const place of await listPlaces(trx, digest)) {
      const { id, repository, repositoryId, namespaceId } = place;
      const owner = { id: repositoryId, namespaceId: namespaceId ?? undefined };
      const sayings = await readSayings(trx, { repository: owner, digest, now });
      const inForce = findings && partFindings(findings, sayings, trustsClaims).inForce;
      if (isNothingNew(topic, inForce)) continue;
      const found = omitUndefined({ reason, packages, ...describe(inForce) });
      const tags = (await listTagsOfManifest(trx, id)).slice(0, TAGS);
      const payload = { repository, repositoryId, digest, tags, ...found };
      await recordEvent(trx, scanEvent(topic, payload, now));
    }
  };
}

function isNothingNew(
  topic: ScanNews["topic"],
  findings: readonly ScanFinding[] | undefined,
): boolean {
  return topic === "vulnerability.found" && findings?.length === 0;
}

export function createTellReturned({ wants }: Pick<Listening, "wants">): TellReturned {
  return async (trx, { repository: { id: repositoryId }, digest, findings }, now) => {
    if (!wants("vulnerability")) return;
    const [place] = await listPlaces(trx, digest, repositoryId);
    if (place === undefined) return;
    const tags = (await listTagsOfManifest(trx, place.id)).slice(0, TAGS);
    const payload = { repository: place.repository, repositoryId, digest, tags };
    const found = omitUndefined(describe(findings));
    await recordEvent(trx, scanEvent("vulnerability.found", { ...payload, ...found }, now));
  };
}

async function listPlaces(trx: Db, digest: Digest, only?: RepositoryId) {
  return await trx
    .selectFrom("manifests")
    .innerJoin("repositories", "repositories.id", "manifests.repository_id")
    .select(["manifests.id", "repositories.name as repository"])
    .select(["repositories.id as repositoryId", "repositories.namespace_id as namespaceId"])
    .where("manifests.digest", "=", digest)
    .$if(only !== undefined, (query) => query.where("repositories.id", "=", only as RepositoryId))
    .orderBy("manifests.id")
    .limit(REPOSITORIES)
    .execute();
}

function describe(findings: readonly ScanFinding[] | undefined) {
  if (findings === undefined) return {};
  return {
    summary: countBySeverity(findings),
    findings: worstFirst(findings)
      .slice(0, FINDINGS)
      .map(({ id, severity, package: { name, version }, fixedVersion }) => {
        return { id, severity, package: name, version, fixedVersion };
      }),
  };
}
