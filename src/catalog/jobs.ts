import type { Kysely } from "kysely";
import type { z } from "zod";
import type { BuildTables } from "../builds/index.ts";
import type { jobsView } from "../contract/operating.ts";
import type { RetentionTables } from "../lifecycle/index.ts";
import type { MailTables } from "../platform/mail/index.ts";
import type { ScanningTables } from "../scanning/index.ts";
import type { SigningTables } from "../signing/index.ts";
import type { WebhookTables } from "../webhooks/index.ts";

export type JobTables = BuildTables &
  MailTables &
  RetentionTables &
  ScanningTables &
  SigningTables &
  WebhookTables;

type JobsView = z.input<typeof jobsView>;
type Queue = JobsView["queues"][number];

const MOST_BUILDS = 100;
const MOST_RUNS = 100;

/** What waits its turn and what runs now. */
export async function findJobs(db: Kysely<JobTables>): Promise<JobsView> {
  const queues = [
    ...[await countBuilds(db), await countOf(db, "scans"), await countSignatures(db)],
    ...[await countOf(db, "deliveries"), await countOf(db, "mails")],
  ];
  return { queues, builds: await listBuilds(db), runs: await listRuns(db) };
}

/** Where each is kept, and what it is called there when nobody tries it any more. */
const KEPT = {
  scans: { table: "scans", givenUp: "failed" },
  deliveries: { table: "webhook_deliveries", givenUp: "dead" },
  mails: { table: "mails", givenUp: "failed" },
} as const;

async function countOf(db: Kysely<JobTables>, name: keyof typeof KEPT): Promise<Queue> {
  const { table, givenUp } = KEPT[name];
  const rows = await db
    .selectFrom(table as "mails")
    .select((is) => ["state", is.fn.countAll<number>().as("count"), is.fn.min("due_at").as("due")])
    .where("state", "in", ["waiting", givenUp as "failed"])
    .groupBy("state")
    .execute();
  return toQueue(name, rows);
}

async function countBuilds(db: Kysely<JobTables>): Promise<Queue> {
  const { count } = await db
    .selectFrom("builds")
    .select((is) => is.fn.countAll<number>().as("count"))
    .where("state", "=", "queued")
    .executeTakeFirstOrThrow();
  return { name: "builds", waiting: Number(count), failed: 0, nextAt: null };
}

async function countSignatures(db: Kysely<JobTables>): Promise<Queue> {
  const { count } = await db
    .selectFrom("signatures")
    .select((is) => is.fn.countAll<number>().as("count"))
    .where("state", "=", "waiting")
    .executeTakeFirstOrThrow();
  return { name: "signatures", waiting: Number(count), failed: 0, nextAt: null };
}

function toQueue(
  name: Queue["name"],
  rows: readonly { readonly state: string; readonly count: number; readonly due: number }[],
): Queue {
  const waiting = rows.find(({ state }) => state === "waiting");
  const ended = rows.filter(({ state }) => state !== "waiting");
  return {
    ...{ name, waiting: Number(waiting?.count ?? 0) },
    failed: ended.reduce((sum, { count }) => sum + Number(count), 0),
    nextAt: waiting === undefined ? null : new Date(Number(waiting.due)).toISOString(),
  };
}

const UNDER_WAY = ["queued", "running", "publishing"] as const;

async function listBuilds(db: Kysely<JobTables>): Promise<JobsView["builds"]> {
  const rows = await db
    .selectFrom("builds")
    .innerJoin("repositories", "repositories.id", "builds.repository_id")
    .select(["builds.id", "repositories.name", "builds.ref", "builds.state"])
    .select(["builds.created_at", "builds.started_at"])
    .where("builds.state", "in", UNDER_WAY)
    .orderBy("builds.id")
    .limit(MOST_BUILDS)
    .execute();
  return rows.map(({ id, name: repository, ref, state, created_at, started_at }) => ({
    ...{ id, repository, ref },
    state: state as JobsView["builds"][number]["state"],
    createdAt: new Date(created_at).toISOString(),
    startedAt: started_at === null ? null : new Date(started_at).toISOString(),
  }));
}

async function listRuns(db: Kysely<JobTables>): Promise<JobsView["runs"]> {
  const rows = await db
    .selectFrom("retention_runs")
    .select(["id", "scope_kind", "scope_name", "state", "started_by", "as_of"])
    .select(["repositories", "examined", "removed"])
    .where("state", "in", ["waiting", "running", "undoing"])
    .orderBy("id", "desc")
    .limit(MOST_RUNS)
    .execute();
  return rows.map((row) => ({
    ...{ id: row.id, scope: row.scope_name || row.scope_kind },
    state: row.state as JobsView["runs"][number]["state"],
    ...{ startedBy: row.started_by, startedAt: new Date(row.as_of).toISOString() },
    ...{ repositories: row.repositories, examined: row.examined, removed: row.removed },
  }));
}
