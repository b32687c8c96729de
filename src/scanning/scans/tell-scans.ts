import type { Kysely } from "kysely";
import { scanEvent } from "../../contract/events.ts";
import type { ScanFinding } from "../../contract/scans.ts";
import { omitUndefined } from "../../lib/omit-undefined.ts";
import type { Digest } from "../../oci/digest.ts";
import { recordEvent } from "../../platform/jobs/index.ts";
import { listTagsOfManifest, type RegistryTables } from "../../registry/index.ts";
import { worstFirst } from "../reports/order.ts";
import { countBySeverity } from "../reports/select.ts";

interface ScanNews {
  readonly topic: "scan.completed" | "scan.failed" | "vulnerability.found";
  readonly digest: Digest;
  readonly reason?: string | undefined;
  readonly findings?: readonly ScanFinding[];
  readonly packages?: number;
  readonly now: Date;
}

/** Tells of a scan in the transaction of its result. */
export type TellScans = (trx: Kysely<RegistryTables>, news: ScanNews) => Promise<void>;

/** A base image may be in thousands of repositories: whoever watches the hub hears of as many. */
const REPOSITORIES = 100;
const FINDINGS = 100;
const TAGS = 10;

/** Writes an event for each repository that has the image, where anybody wants to hear of it. */
export function createTellScans(wants: (kind: "scan" | "vulnerability") => boolean): TellScans {
  return async (trx, { topic, digest, reason, findings, packages, now }) => {
    if (!wants(topic === "vulnerability.found" ? "vulnerability" : "scan")) return;
    const found = omitUndefined({ reason, packages, ...describe(findings) });
    for (const { id, repository, repositoryId } of await listPlaces(trx, digest)) {
      const tags = (await listTagsOfManifest(trx, id)).slice(0, TAGS);
      const payload = { repository, repositoryId, digest, tags, ...found };
      await recordEvent(trx, scanEvent(topic, payload, now));
    }
  };
}

async function listPlaces(trx: Kysely<RegistryTables>, digest: Digest) {
  return await trx
    .selectFrom("manifests")
    .innerJoin("repositories", "repositories.id", "manifests.repository_id")
    .select(["manifests.id", "repositories.name as repository"])
    .select("repositories.id as repositoryId")
    .where("manifests.digest", "=", digest)
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
