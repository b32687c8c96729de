import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import type { Principal } from "../../access/index.ts";
import type { Digest } from "../../oci/digest.ts";
import { migrateToLatest, openSqliteDatabase } from "../../platform/db/index.ts";
import { createOutbox, type OutboxTables } from "../../platform/jobs/index.ts";
import type { Repository, RepositoryId } from "../../repositories/index.ts";
import { readBuildOptions } from "../build-options.ts";
import type { BuildEvent, Builder, BuildJob, BuildResult } from "../builder/builder.ts";
import { findBuild, insertBuild, type NewBuild } from "../builds-store.ts";
import { createBuildTables } from "../migration-0055.ts";
import { createBuildSources } from "../migration-0063.ts";
import { addBuildInputs } from "../migration-0064.ts";
import { addBuildRuns } from "../migration-0066.ts";
import { addProposals } from "../migration-0079.ts";
import { createDeferredBuilds } from "../migration-0089.ts";
import { addOwedProvenance } from "../migration-0094.ts";
import type { OpenSecret } from "../secrets/build-secrets.ts";
import type { BuildId, BuildTables } from "../tables.ts";
import { BuildLogs } from "./build-log.ts";
import { BuildScheduler } from "./build-scheduler.ts";
import type { QueueLimits } from "./choose-next.ts";
import type { RunDeps } from "./run-deps.ts";

const nothing = async () => undefined;
const BY = { kind: "user", name: "ann" } as unknown as Principal;
export const FIRST = "1".repeat(40);
export const SECOND = "2".repeat(40);

/** A build that the test ends when it likes. */
export interface Started {
  readonly job: BuildJob;
  readonly tell: (event: BuildEvent) => void;
  readonly end: (result?: Partial<BuildResult>) => void;
  readonly fail: (cause: Error) => void;
}

/** What builds are not given here. */
const NOTHING_BESIDE = {
  uploads: { extract: nothing },
  submodules: { fill: nothing },
  hooks: { image: undefined, host: "hub.example" },
};

interface QueueWish {
  readonly data?: string;
  readonly prepareBases?: RunDeps["prepareBases"];
  readonly wallMs?: number;
  readonly secrets?: readonly OpenSecret[];
}

const SMALL = { memoryBytes: 1, cpus: 1, processes: 1, diskBytes: 1, logBytes: 1000 };

const MIGRATIONS = {
  "0055-builds": { up: createBuildTables },
  "0063-build-sources": { up: createBuildSources },
  "0064-build-inputs": { up: addBuildInputs },
  "0066-build-runs": { up: addBuildRuns },
  "0079-build-proposals": { up: addProposals },
  "0089-deferred-builds": { up: createDeferredBuilds },
  "0094-owed-provenance": { up: addOwedProvenance },
  "0099-outbox": { up: createOutbox },
};

/** A scheduler over a database of its own; what it builds and publishes is the test's. `data` is where builds work. */
export async function openQueue(queueLimits: QueueLimits, wish: QueueWish = {}) {
  await using resources = new AsyncDisposableStack();
  const home = resources.use(await makeTempDirectory("queue"));
  const database = await openSqliteDatabase<BuildTables & OutboxTables>({
    path: join(home.path, "berth.db"),
  });
  resources.defer(() => database.close());
  await migrateToLatest(database.writer, MIGRATIONS);
  let now = new Date("2026-11-28T12:00:00Z");
  const clock = () => now;
  const started: Started[] = [];
  const published: { readonly name: string; readonly tags: readonly string[] }[] = [];
  const data = wish.data ?? home.path;
  const history = { head: SECOND, ancestors: new Set([`${FIRST} ${SECOND}`]) };
  const options = {
    ...{
      database,
      data,
      queueLimits,
      clock,
      prepareBases: wish.prepareBases ?? (async () => ({ bases: [], dockerfileText: "" })),
      isOn: true,
    },
    builder: { ...createHeldBuilder(started), needsBases: wish.prepareBases !== undefined },
    ...NOTHING_BESIDE,
    secrets: { open: async () => wish.secrets ?? [] },
    git: {
      extract: async (_: RepositoryId, { into }: { readonly into: string }) =>
        await writeFile(join(into, "Dockerfile"), "FROM scratch\n"),
      exists: async () => true,
      messageOf: async () => "",
      listRefs: async () => new Map([["refs/heads/main", history.head]]),
      isBefore: async (_: RepositoryId, one: string, other: string) =>
        history.ancestors.has(`${one} ${other}`),
    },
    logs: new BuildLogs(data),
    publisher: {
      publish: async (
        { name }: Pick<Repository, "name">,
        { tags }: { tags: readonly string[] },
      ) => {
        published.push({ name, tags });
        return `sha256:${"0".repeat(63)}${published.length}` as Digest;
      },
    },
    access: { decidePush: async () => ({ kind: "allow", tagRules: undefined }) as never },
    findRepository: async (id: RepositoryId) => ({ id, name: `ns${id}/app` }) as Repository,
    limits: { ...SMALL, wallMs: wish.wallMs ?? 60_000, idleMs: 60_000 },
    follower: { follow: nothing, note: nothing, recheck: nothing },
    ...{ attest: nothing, onImages: nothing, hubUrl: "https://hub.example" },
    log: pino({ level: "silent" }),
  };
  const open = () => new BuildScheduler(options);
  const scheduler = open();
  resources.defer(() => scheduler.close());
  const owned = resources.move();
  return {
    ...{ database, scheduler, started, published, history, options, open, clock },
    pass(ms: number) {
      now = new Date(now.getTime() + ms);
    },
    add: (namespace: string, wish: Partial<NewBuild> & { repository?: number } = {}) =>
      database.write((trx) => insertBuild(trx, newBuild(namespace, wish), clock())),
    find: (id: BuildId) => findBuild(database.reader, id),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function newBuild(
  namespace: string,
  { repository = 1, ...wish }: Partial<NewBuild> & { repository?: number },
): NewBuild {
  return {
    ...{ repositoryId: repository as RepositoryId, ref: "refs/heads/main", rule: 0, namespace },
    ...{ commit: FIRST, context: ".", dockerfile: "Dockerfile", caching: true, tags: ["latest"] },
    ...{ by: BY, reason: "push", options: readBuildOptions(null), ...wish },
  };
}

function createHeldBuilder(started: Started[]): Builder {
  return {
    id: "held",
    probe: async () => ({
      ...{ isFine: true, checks: [], level: "trusted", features: new Set(), why: undefined },
    }),
    async build(job, tell, signal) {
      await writeFile(join(job.work, "0".repeat(64)), '{"os":"linux","architecture":"amd64"}');
      const config = { digest: `sha256:${"0".repeat(64)}` };
      const manifest = { mediaType: "application/json", config };
      await writeFile(join(job.work, "manifest.json"), JSON.stringify(manifest));
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<BuildResult>();
      signal.addEventListener("abort", () => reject(signal.reason));
      const images = [{ platform: undefined, digest: "", folder: job.work }];
      const whole = { images, steps: [], cachedSteps: 0, basesUsed: [] };
      const end = (result = {}) => resolve({ ...whole, ...result });
      started.push({ job, tell, end, fail: reject });
      return await promise;
    },
    clear: (folder) => rm(folder, { recursive: true, force: true }),
    prune: async () => undefined,
  };
}
