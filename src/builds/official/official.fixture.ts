import { join } from "node:path";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import type { Caller, Deed } from "../../access/index.ts";
import type { NamespaceId } from "../../namespaces/index.ts";
import { migrateToLatest, openSqliteDatabase } from "../../platform/db/index.ts";
import { createOutbox, type OutboxTables } from "../../platform/jobs/index.ts";
import type { UsedBase } from "../builds-store.ts";
import { createBuildTables } from "../migration-0055.ts";
import { createBuildSources } from "../migration-0063.ts";
import { addBuildInputs } from "../migration-0064.ts";
import { addBuildRuns } from "../migration-0066.ts";
import type { BuildTables } from "../tables.ts";
import type { CheckResult } from "./checks/check.ts";
import { publishImage } from "./images-store.ts";
import { createOfficialImages } from "./migration-0069.ts";
import { createOfficialPlaces } from "./migration-0070.ts";
import { addComparisons } from "./migration-0087.ts";
import { addRebuildDelays } from "./migration-0088.ts";
import { addSubmissionIndexes } from "./migration-0092.ts";
import { addAttention } from "./migration-0093.ts";
import type { OfficialTables, SubmissionId } from "./official-tables.ts";
import { Programme } from "./programme.ts";
import { addReviewer } from "./reviews-store.ts";
import { finishChecks } from "./staging/finish-checks.ts";
import { findSubmission, moveSubmission, type Submission } from "./submissions-store.ts";

const IDS = { ann: 1, bob: 2, carl: 3, dora: 4, root: 9 } as const;
const FAILED: CheckResult = {
  ...{ number: 29, id: "build-failed", severity: "error", title: "It builds", why: "", fix: "" },
  ...{ state: "failed", details: [] },
};
type Name = keyof typeof IDS;

interface Built {
  readonly bases?: readonly UsedBase[];
  readonly indexes?: Submission["indexes"];
}

const MIGRATIONS = {
  "0055-builds": { up: createBuildTables },
  "0063-build-sources": { up: createBuildSources },
  "0064-build-inputs": { up: addBuildInputs },
  "0066-build-runs": { up: addBuildRuns },
  "0069-official-images": { up: createOfficialImages },
  "0070-official-places": { up: createOfficialPlaces },
  "0087-official-comparisons": { up: addComparisons },
  "0088-official-rebuild-delays": { up: addRebuildDelays },
  "0092-official-indexes": { up: addSubmissionIndexes },
  "0093-official-attention": { up: addAttention },
  "0099-outbox": { up: createOutbox },
};

/** Somebody with a password, or with a login that was made for repositories alone. */
export function person(name: Name, wish: Partial<Caller["by"]> = {}): Caller {
  const by = { kind: "user", name, accountId: IDS[name], ...wish } as const;
  return { by, origin: { address: "", client: "" }, baseUrl: "https://hub.example" };
}

/** A programme over a database of its own; bob, carl and dora are its reviewers, and what is built is the test's. */
export async function openProgramme() {
  await using resources = new AsyncDisposableStack();
  const home = resources.use(await makeTempDirectory("programme"));
  const database = await openSqliteDatabase<OfficialTables & BuildTables & OutboxTables>({
    path: join(home.path, "berth.db"),
  });
  resources.defer(() => database.close());
  await migrateToLatest(database.writer, MIGRATIONS);
  let now = new Date("2026-11-28T12:00:00Z");
  const clock = () => now;
  const deeds: Deed[] = [];
  const journal = { record: async (_: unknown, deed: Deed) => void deeds.push(deed) };
  const stopped: SubmissionId[] = [];
  const programme = new Programme({
    ...{ database, journal, clock, isOn: true, onSubmitted: () => undefined },
    onWithdrawn: (id) => void stopped.push(id),
  });
  await database.write(async (trx) => {
    for (const name of ["bob", "carl", "dora"] as const)
      await addReviewer(trx, IDS[name] as NamespaceId, now);
  });
  const owned = resources.move();
  const get = async (id: SubmissionId): Promise<Submission> => {
    const found = await findSubmission(database.reader, id);
    if (found === undefined) throw new Error(`there is no submission ${id}`);
    return found;
  };
  const end = async (
    id: SubmissionId,
    checks: readonly CheckResult[],
    { bases = [], indexes = [] }: Built = {},
  ) => {
    const { name } = await get(id);
    const image = { tags: ["latest"], architecture: "amd64", digest: "sha256:0", bytes: 1 };
    const images = [{ ...image, bases }];
    await database.write(async (trx) => {
      await moveSubmission(trx, { id, from: ["submitted"], to: "checking", now });
      const submission = { id, name };
      await finishChecks({ journal, clock }, trx, { submission, checks, images, indexes });
    });
  };
  return {
    ...{ database, programme, deeds, journal, clock, get, stopped },
    idOf: (name: Name) => IDS[name] as NamespaceId,
    pass(ms: number) {
      now = new Date(now.getTime() + ms);
    },
    submit: async (
      by: Name,
      wish: { name?: string; security?: boolean; definition?: string } = {},
    ) =>
      await programme.submit(person(by), {
        ...{ name: "hello", definition: "", documents: {}, ...wish },
      }),
    /** As if it was checked, and nothing was found. */
    ready: (id: SubmissionId, built?: Built) => end(id, [], built),
    fail: (id: SubmissionId) => end(id, [FAILED]),
    async publish(id: SubmissionId) {
      const { name } = await get(id);
      await database.write(async (trx) => {
        await publishImage(trx, { name, submissionId: id, tags: ["latest"], now });
        const from = ["submitted", "ready", "staged"] as const;
        await moveSubmission(trx, { id, from, to: "published", now });
      });
    },
    async review(by: Name, id: SubmissionId, verdict: "approve" | "request changes" = "approve") {
      const one = await get(id);
      await programme.review(person(by), one, { verdict, digest: one.digest ?? "", note: "" });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
