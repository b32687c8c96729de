import type { Kysely } from "kysely";
import type { Journal, Principal } from "../../../access/index.ts";
import type { RetentionRemoved } from "../../../contract/retention.ts";
import type { Digest } from "../../../oci/digest.ts";
import { rootOfCompanion } from "../../../oci/referrers.ts";
import type { Tag } from "../../../oci/tag.ts";
import { recordEvent } from "../../../platform/jobs/index.ts";
import { findTagPull } from "../../../pulls/index.ts";
import type { ManifestId, Releases, TagKeeper } from "../../../registry/index.ts";
import {
  type Facts,
  findManifestByDigest,
  findTagFacts,
  listUntaggedFacts,
} from "../survey/facts-store.ts";
import { Fates } from "../survey/fates.ts";
import { listHeldTags, type Target } from "../survey/held-tags.ts";
import { ACTOR, type Finding } from "../survey/survey.ts";
import type { RetentionTables } from "../tables.ts";
import { insertRemoval, type Removal } from "./removals-store.ts";
import type { Run } from "./runs-store.ts";

type Trx = Kysely<RetentionTables>;

export interface RemovalDeps {
  readonly releases: Releases;
  readonly tagKeeper: TagKeeper;
  readonly journal: Journal;
  readonly clock: () => Date;
}

/** Retention works for nobody: whoever set the policy or began the run stands in the entry of that. */
export const RETENTION: Principal = { kind: "robot", name: ACTOR };
export const NOWHERE = { address: "", client: "berth" };

interface Doing {
  readonly run: Run;
  readonly target: Target;
  readonly policyId: number | undefined;
}

/** Removes what a survey found, unless it was moved, pulled or held since: then why it stays. Inside a transaction. */
export async function removeFinding(
  trx: Trx,
  deps: RemovalDeps,
  { finding, ...doing }: Doing & { readonly finding: Finding },
): Promise<string | undefined> {
  const spared = await findReprieve(trx, deps, { target: doing.target, facts: finding.candidate });
  if (spared !== undefined) return spared;
  const { id: repository } = doing.target;
  const { tag } = finding.candidate;
  // The tag takes it along.
  const pull = tag === undefined ? undefined : await findTagPull(trx, { repository, tag });
  await release(trx, deps, { finding, ...doing });
  await write(trx, deps, { finding, ...doing, pull });
  return undefined;
}

async function findReprieve(
  trx: Trx,
  deps: RemovalDeps,
  { target, facts }: { readonly target: Target; readonly facts: Facts },
): Promise<string | undefined> {
  const now = await findNow(trx, target, facts);
  if (now === undefined) return "it is gone already";
  const hasMoved =
    now.manifestId !== facts.manifestId || now.pushedAt.getTime() !== facts.pushedAt.getTime();
  if (hasMoved) return "it was pushed since";
  if (now.pulledAt?.getTime() !== facts.pulledAt?.getTime()) return "it was pulled since";
  if (facts.tag === undefined) return undefined;
  const root = rootOfCompanion(facts.tag);
  if (root !== undefined && !(await isLetGo(trx, target, root))) return "what it belongs to stays";
  const held = await listHeldTags({ ...deps, db: trx }, target, [facts.tag]);
  return held.get(facts.tag)?.why;
}

async function findNow(trx: Trx, { id }: Target, facts: Facts): Promise<Facts | undefined> {
  if (facts.tag !== undefined) return await findTagFacts(trx, id, facts.tag);
  const page = { last: "", limit: 1, only: [facts.manifestId] };
  return (await listUntaggedFacts(trx, id, page))[0];
}

/** Whether a manifest has no tag any more, nor anything above it, and was let go; or is gone. */
async function isLetGo(trx: Trx, { id }: Target, digest: Digest): Promise<boolean> {
  const root = await findManifestByDigest(trx, id, digest);
  if (root === undefined) return true;
  const judge = async (facts: readonly Facts[]) =>
    facts.map((candidate) => ({ candidate, action: "keep", line: undefined, why: "" }) as const);
  const fates = new Fates({ db: trx, repository: id, judge });
  await fates.resolve([root]);
  return fates.goes(root);
}

interface Gone extends Doing {
  readonly finding: Finding;
}

async function release(trx: Trx, { releases }: RemovalDeps, gone: Gone): Promise<void> {
  const { finding, target, run } = gone;
  const { tag, digest, manifestId } = finding.candidate;
  const reason = `retention let it go (run ${run.id}): ${finding.why}`;
  const place = { repository: target.name, repositoryId: target.id, digest, actor: ACTOR, reason };
  if (tag === undefined) return await releases.releaseManifest(trx, place);
  const named = { tag: tag as Tag, manifestId: manifestId as ManifestId };
  await releases.releaseTag(trx, { ...place, ...named });
}

async function write(
  trx: Trx,
  { journal, clock }: RemovalDeps,
  { finding, target, run, policyId, pull }: Gone & { readonly pull: Removal["pull"] },
): Promise<void> {
  const { candidate, line, why, bytes } = finding;
  const { tag, digest, pushedAt: tagUpdatedAt } = candidate;
  const { id: repositoryId, name: repository } = target;
  const now = clock();
  const removal = { repositoryId, tag, digest, policyId, line, why, bytes, tagUpdatedAt, pull };
  await insertRemoval(trx, { ...removal, runId: run.id, now });
  const [account = ""] = repository.split("/", 1);
  const told = { run: run.id, scope: run.scopeName, ...(line !== undefined && { line }), why };
  await journal.record(trx, {
    action: "retention.remove",
    ...{ by: RETENTION, origin: NOWHERE, account },
    name: tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`,
    before: { digest },
    after: told,
  });
  const payload: RetentionRemoved = {
    ...{ repository, digest, bytes, actor: ACTOR },
    ...(tag !== undefined && { tag }),
    ...told,
  };
  await recordEvent(trx, {
    topic: "retention.removed",
    orderingKey: repository,
    payload: { ...payload },
    at: now,
  });
}
