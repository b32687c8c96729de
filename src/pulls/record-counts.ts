import type { Kysely } from "kysely";
import { isMadeFor, type Principal } from "../access/index.ts";
import type { NamespaceId } from "../namespaces/index.ts";
import { isIndexMediaType } from "../oci/media-type.ts";
import type { RepositoryName } from "../oci/name.ts";
import { findWholeRepository, type Repository } from "../repositories/index.ts";
import { hourOf, type NamedRows } from "./named-rows.ts";
import type { PullCount } from "./pull-tally.ts";
import {
  addHour,
  addRepositoryPulls,
  type LatestPull,
  noteManifest,
  noteTag,
} from "./pulls-store.ts";
import type { PullTables } from "./tables.ts";
import { addTraffic } from "./traffic-store.ts";

interface Batch {
  readonly counts: readonly PullCount[];
  readonly named: NamedRows;
  readonly now: Date;
}

type Trx = Kysely<PullTables>;

/** Adds counted pulls to what is known. What was removed meanwhile is counted nowhere. */
export async function recordCounts(trx: Trx, { counts, named, now }: Batch): Promise<void> {
  const byRepository = new Map<RepositoryName, PullCount[]>();
  for (const count of counts) {
    const same = byRepository.get(count.repository);
    if (same === undefined) byRepository.set(count.repository, [count]);
    else same.push(count);
  }
  for (const [name, same] of byRepository) {
    const repository = await findWholeRepository(trx, name);
    if (repository === undefined) continue;
    const used = same.filter(isUse);
    const pulls = used.reduce((sum, count) => sum + pullsOf(count), 0);
    if (pulls > 0) await addRepositoryPulls(trx, { repository: repository.id, pulls, now });
    await noteLatest(trx, repository, { counts: used, now });
    for (const count of same) await noteHour(trx, repository, { count, named, now });
  }
}

/** Scanners and replication read what nobody uses for that; who read what in which hour holds them as well. */
function isUse({ principal }: PullCount): boolean {
  return principal.credential?.countsAsPull !== false;
}

/** Of several, the last that was counted stands for all: they are within a second of each other. */
async function noteLatest(
  trx: Trx,
  { id }: Repository,
  { counts, now }: Pick<Batch, "counts" | "now">,
): Promise<void> {
  const manifests = new Map<string, LatestPull>();
  const tags = new Map<string, LatestPull>();
  for (const { manifest, tag, principal, origin, pulls } of counts) {
    if (pulls === 0) continue;
    const latest = { now, by: principal.name, client: origin.client };
    manifests.set(manifest.digest, latest);
    if (tag !== undefined) tags.set(tag, latest);
  }
  for (const [digest, latest] of manifests)
    await noteManifest(trx, { repository: id, digest }, latest);
  for (const [tag, latest] of tags) await noteTag(trx, { repository: id, tag }, latest);
}

async function noteHour(
  trx: Trx,
  repository: Repository,
  { count, named, now }: { count: PullCount } & Pick<Batch, "named" | "now">,
): Promise<void> {
  const { manifest, principal, origin, tag = "" } = count;
  const credential = principal.credential?.label ?? "";
  const row = `${repository.name} ${tag} ${manifest.digest} ${principal.name} ${credential}`;
  const pulls = pullsOf(count);
  await addHour(trx, {
    hour: hourOf(now),
    namespace_id: repository.namespaceId ?? null,
    repository: repository.name,
    visibility: repository.isPublic ? "public" : "private",
    account: principal.name,
    credential,
    address: named.nameOf(row, origin.address),
    tag,
    digest: manifest.digest,
    checks: count.checks + count.pulls - pulls,
    pulls,
    repository_id: repository.id,
    account_id: (principal.accountId as NamespaceId | undefined) ?? null,
    fetches: count.pulls,
    writer_fetches: isMadeForPushing(principal, repository) ? count.pulls : 0,
  });
  await addTraffic(trx, repository.id, {
    hour: hourOf(now),
    namespace_id: repository.namespaceId ?? null,
    repository: repository.name,
    account: principal.name,
    credential,
    pulls,
    pulled_bytes: count.pulls * manifest.payload.length,
    pushes: 0,
    pushed_bytes: 0,
  });
}

/** By the credential alone: what its account may do changes, and is asked when it is needed. */
function isMadeForPushing({ credential }: Principal, repository: Repository): boolean {
  const { name, isPublic, namedAt } = repository;
  return isMadeFor(credential, { repository: name, action: "push", isPublic, namedAt });
}

/**
 * As on Docker Hub, an image for several platforms is one pull for each platform that is fetched: its index says what there is,
 * and counts as a look at that.
 */
function pullsOf({ manifest, pulls }: PullCount): number {
  return isIndexMediaType(manifest.mediaType) ? 0 : pulls;
}
