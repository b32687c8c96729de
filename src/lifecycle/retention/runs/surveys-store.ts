import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import type { RepositoryName } from "../../../oci/name.ts";
import type { RepositoryId } from "../../../repositories/index.ts";
import type { JudgedPolicy } from "../judgement/judgement.ts";
import type { SavedPolicy } from "../policies/policies-store.ts";
import type { RetentionTables } from "../tables.ts";

type Db = Kysely<RetentionTables>;

/** Counted up when a policy comes to mean something else: what was found before says nothing then. */
const MEANING = 1;
/** Of repositories in which no age will ever change anything: the last date there is. */
const NEVER = 8_640_000_000_000_000;

/** One policy as it reads at one time. */
export interface PolicyVersion {
  readonly id: number;
  readonly fingerprint: string;
}

export function versionOf({ id, text, inUseMs }: SavedPolicy): PolicyVersion {
  const facts = JSON.stringify([MEANING, text, inUseMs ?? null]);
  return { id, fingerprint: createHash("sha256").update(facts).digest("hex") };
}

/**
 * Whether what was found holds until something is written or an age passes. A line that counts what is young enough does not
 * allow that: a pull makes an old image young, which then takes the place of another. Everywhere else a pull saves alone.
 */
export function canBeRemembered({ policy }: JudgedPolicy): boolean {
  return !policy.rules.some(({ newest, ageMs }) => newest !== undefined && ageMs !== undefined);
}

/** From here on triggers forget it with whatever changes: what is pushed during the survey is not overlooked. */
export async function openSurvey(
  trx: Db,
  repository: RepositoryId,
  { version, now }: { readonly version: PolicyVersion; readonly now: Date },
): Promise<void> {
  const row = {
    policy_id: version.id,
    fingerprint: version.fingerprint,
    surveyed_at: now.getTime(),
    due_at: null,
    has_held: 0,
  } as const;
  await trx
    .insertInto("retention_surveys")
    .values({ repository_id: repository, ...row })
    .onConflict((conflict) => conflict.column("repository_id").doUpdateSet(row))
    .execute();
}

/** Nothing, if anything changed since it was opened. */
export async function settleSurvey(
  trx: Db,
  repository: RepositoryId,
  found: { readonly dueAt: Date | undefined; readonly hasHeld: boolean },
): Promise<void> {
  await trx
    .updateTable("retention_surveys")
    .set({ due_at: found.dueAt?.getTime() ?? NEVER, has_held: found.hasHeld ? 1 : 0 })
    .where("repository_id", "=", repository)
    .execute();
}

/** Of these repositories, those in which the policy still has nothing to remove. */
export async function listUnchanged(
  db: Db,
  names: readonly RepositoryName[],
  { version, now }: { readonly version: PolicyVersion; readonly now: Date },
): Promise<ReadonlySet<RepositoryName>> {
  const rows = await db
    .selectFrom("retention_surveys")
    .innerJoin("repositories", "repositories.id", "retention_surveys.repository_id")
    .select("repositories.name")
    .where("repositories.name", "in", names)
    .where("retention_surveys.policy_id", "=", version.id)
    .where("retention_surveys.fingerprint", "=", version.fingerprint)
    // A clock that was set back makes young what was old.
    .where("retention_surveys.surveyed_at", "<=", now.getTime())
    .where("retention_surveys.due_at", ">", now.getTime())
    .execute();
  return new Set(rows.map(({ name }) => name));
}
