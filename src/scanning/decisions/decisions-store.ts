import type { Kysely, Selectable } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import type { RegistryTables } from "../../registry/index.ts";
import type { Repository } from "../../repositories/index.ts";
import type { ScanningTables } from "../tables.ts";
import type { Claim, Decision, DecisionScope, Saying } from "./decision.ts";

type Db = Kysely<ScanningTables>;

/** A repository, and where it is: what decisions can be about. */
export type Place = Pick<Repository, "id" | "namespaceId">;

/** Before every image: nothing was told. */
const FIRST_PLACE = "0-0";
/** Claims about one image. */
const MOST_CLAIMS = 5000;

export async function insertDecision(trx: Db, decision: Decision): Promise<void> {
  await trx
    .insertInto("vex_decisions")
    .values({
      ...{ id: decision.id, scope: decision.scope.kind, scope_id: decision.scope.id },
      digest: decision.scope.digest ?? "",
      ...toColumns(decision),
      created_at: decision.createdAt.getTime(),
      expires_at: decision.expiresAt?.getTime() ?? null,
      ended_at: null,
      revoked_by: null,
      told_to: null,
    })
    .execute();
}

export async function findDecision(db: Db, id: string): Promise<Decision | undefined> {
  const row = await db
    .selectFrom("vex_decisions")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirst();
  return row && toDecision(row);
}

/** From then on it does not count; `by` is who revoked it. */
export async function endDecision(
  trx: Db,
  id: string,
  { at, by }: { readonly at: Date; readonly by?: string },
): Promise<void> {
  await trx
    .updateTable("vex_decisions")
    // Nothing is told yet of what counts again.
    .set({ ended_at: at.getTime(), revoked_by: by ?? null, told_to: FIRST_PLACE })
    .where("id", "=", id)
    .execute();
}

/** Those of one scope, of a repository with those about its images; the newest first. */
export async function listDecisionsOf(
  db: Db,
  { kind, id, digest }: DecisionScope,
  limit: number,
): Promise<readonly Decision[]> {
  const kinds = kind === "repository" ? (["repository", "image"] as const) : ([kind] as const);
  const rows = await db
    .selectFrom("vex_decisions")
    .selectAll()
    .where("scope", "in", kinds)
    .where("scope_id", "=", id)
    .$if(digest !== undefined, (query) => query.where("digest", "=", digest ?? ""))
    .orderBy("created_at", "desc")
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map(toDecision);
}

/** How many of a scope count, up to `limit`. */
export async function countDecisionsOf(
  db: Db,
  { kind, id }: DecisionScope,
  limit: number,
): Promise<number> {
  const rows = await db
    .selectFrom("vex_decisions")
    .select("id")
    .where("scope", "=", kind)
    .where("scope_id", "=", id)
    .where("ended_at", "is", null)
    .limit(limit)
    .execute();
  return rows.length;
}

/** One that is over, of which not everything was told; `after` is the place up to which it was. */
export async function findUntold(
  db: Db,
): Promise<{ readonly decision: Decision; readonly after: string } | undefined> {
  const row = await db
    .selectFrom("vex_decisions")
    .selectAll()
    .where("told_to", "is not", null)
    .orderBy("told_to")
    .limit(1)
    .executeTakeFirst();
  return row && { decision: toDecision(row), after: row.told_to ?? FIRST_PLACE };
}

/** Undefined: everything was told. */
export async function markTold(trx: Db, id: string, upTo: string | undefined): Promise<void> {
  await trx
    .updateTable("vex_decisions")
    .set({ told_to: upTo ?? null })
    .where("id", "=", id)
    .execute();
}

/** Everything that counts now for one image of one repository. */
export async function listDecisionsFor(
  db: Db,
  image: { readonly repository: Place; readonly digest: Digest; readonly now: Date },
): Promise<readonly Decision[]> {
  const { repository, digest, now } = image;
  const rows = await db
    .selectFrom("vex_decisions")
    .selectAll()
    .where(({ and, eb, or }) =>
      or([
        eb("scope", "=", "hub"),
        and([eb("scope", "=", "namespace"), eb("scope_id", "=", repository.namespaceId ?? 0)]),
        and([
          eb("scope", "in", ["repository", "image"]),
          eb("scope_id", "=", repository.id),
          eb("digest", "in", ["", digest]),
        ]),
      ]),
    )
    .where("ended_at", "is", null)
    .where(({ eb, or }) => or([eb("expires_at", "is", null), eb("expires_at", ">", now.getTime())]))
    .execute();
  return rows.map(toDecision);
}

/** Over, and nobody was told yet. */
export async function listExpired(db: Db, now: Date, limit: number): Promise<readonly Decision[]> {
  const rows = await db
    .selectFrom("vex_decisions")
    .selectAll()
    .where("ended_at", "is", null)
    .where("expires_at", "<=", now.getTime())
    .orderBy("expires_at")
    .limit(limit)
    .execute();
  return rows.map(toDecision);
}

/** What documents in the repository claim of an image of it. */
export async function listClaims(
  db: Kysely<ScanningTables & RegistryTables>,
  place: Pick<Repository, "id">,
  subject: Digest,
): Promise<readonly Claim[]> {
  const rows = await db
    .selectFrom("vex_claims")
    .innerJoin("manifests", "manifests.id", "vex_claims.manifest_id")
    .selectAll("vex_claims")
    .select("manifests.digest as document")
    .where("vex_claims.subject", "=", subject)
    .where("manifests.repository_id", "=", place.id)
    .orderBy("vex_claims.manifest_id")
    .orderBy("vex_claims.number")
    .limit(MOST_CLAIMS)
    .execute();
  return rows.map((row) => ({
    ...toSaying(row),
    subject: row.subject,
    document: row.document,
    pushedBy: row.pushed_by ?? undefined,
  }));
}

export async function replaceClaims(
  trx: Db,
  manifestId: ScanningTables["vex_claims"]["manifest_id"],
  claims: readonly (Saying & {
    readonly subject: Digest;
    readonly pushedBy?: string | undefined;
  })[],
): Promise<void> {
  await trx.deleteFrom("vex_claims").where("manifest_id", "=", manifestId).execute();
  for (const [number, claim] of claims.entries()) {
    const { subject, pushedBy } = claim;
    const row = { manifest_id: manifestId, number, subject, pushed_by: pushedBy ?? null };
    await trx
      .insertInto("vex_claims")
      .values({ ...row, ...toColumns(claim) })
      .execute();
  }
}

/** Of manifests that are gone, and decisions about what is gone. */
export async function forgetSayings(trx: Kysely<ScanningTables & RegistryTables>): Promise<void> {
  await trx
    .deleteFrom("vex_claims")
    .where("manifest_id", "not in", (query) => query.selectFrom("manifests").select("id"))
    .execute();
  await trx
    .deleteFrom("vex_decisions")
    .where("scope", "in", ["repository", "image"])
    .where("scope_id", "not in", (query) =>
      query.selectFrom("repositories").select(({ ref }) => ref("id").$castTo<number>().as("id")),
    )
    .execute();
}

function toColumns(saying: Saying) {
  const { vulnerability, status, reason, author } = saying;
  return {
    ...{ vulnerability, package: saying.package ?? "", version: saying.version ?? "" },
    ...{ status, justification: saying.justification ?? null, reason, author },
  };
}

function toSaying(
  row: Pick<
    Selectable<ScanningTables["vex_claims"]>,
    "vulnerability" | "package" | "version" | "status" | "justification" | "reason" | "author"
  >,
): Saying {
  const { vulnerability, status, reason, author } = row;
  return {
    ...{ vulnerability, status, reason, author },
    package: row.package === "" ? undefined : row.package,
    version: row.version === "" ? undefined : row.version,
    justification: row.justification ?? undefined,
  };
}

function toDecision(row: Selectable<ScanningTables["vex_decisions"]>): Decision {
  const time = (at: number | null) => (at === null ? undefined : new Date(at));
  return {
    ...toSaying(row),
    id: row.id,
    scope: {
      ...{ kind: row.scope, id: row.scope_id },
      digest: row.digest === "" ? undefined : (row.digest as Digest),
    },
    createdAt: new Date(row.created_at),
    expiresAt: time(row.expires_at),
    endedAt: time(row.ended_at),
    revokedBy: row.revoked_by ?? undefined,
  };
}
