import type { Kysely } from "kysely";
import type { Digest } from "../../oci/digest.ts";
import { failPoint } from "../../platform/fail-point.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { BaseFollower } from "../bases/base-follower.ts";
import { BuildFailed } from "../builder/build-failed.ts";
import { type Build, type Ending, endBuild } from "../builds-store.ts";
import type { BuildId, BuildTables } from "../tables.ts";
import { tellBuild } from "../tell-builds.ts";
import type { QueueLimits } from "./choose-next.ts";
import { endPublished } from "./end-published.ts";
import { claimBuild, claimPublished, renewLeases, requeueBuilds } from "./queue-store.ts";
import { runBuild, workFolderOf } from "./run-build.ts";
import type { RunDeps } from "./run-deps.ts";

export interface SchedulerDeps extends RunDeps {
  readonly isOn: boolean;
  readonly queueLimits: QueueLimits;
  readonly follower: Pick<BaseFollower, "follow" | "note" | "recheck">;
  /** Beside the end of a build that made images. */
  readonly onImages: (
    trx: Kysely<BuildTables>,
    made: { readonly repositoryId: RepositoryId; readonly digests: readonly Digest[] },
  ) => Promise<void>;
}

interface Running {
  readonly stop: AbortController;
  readonly over: Promise<void>;
}

const ATTEMPTS = 3;

/** Which builds run, and what becomes of them. What runs ends with the hub, and is begun anew by the next one. */
export class BuildScheduler {
  readonly #deps: SchedulerDeps;
  readonly #running = new Map<BuildId, Running>();
  #looking: Promise<void> | undefined;
  /** Something may have come since the queue was looked at. */
  #isStale = false;
  #isClosed = false;

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
  }

  /** Once, before anything runs: what the hub before left behind. */
  async recover(): Promise<void> {
    const { database, clock, builder, data } = this.#deps;
    const now = clock();
    // The data directory is one hub's: whatever holds a lease is gone.
    const leasesUntil = Number.MAX_SAFE_INTEGER;
    const published = await database.write((trx) => this.#requeue(trx, { leasesUntil, now }));
    this.#goOn(published);
    if (this.#deps.isOn) await builder.clear(workFolderOf(data));
  }

  /** Looks into the queue, and once more if it does so already. */
  wake(): void {
    if (this.#isClosed || !this.#deps.isOn) return;
    this.#isStale = true;
    this.#looking ??= this.#look()
      // What failed is still in the queue, or is put back when its lease has ended.
      .catch((err) => this.#deps.log.error({ err }, "builds could not go on"))
      .finally(() => {
        this.#looking = undefined;
      });
  }

  /** Says that what runs is still run, and ends what somebody else has ended. */
  async renew(): Promise<void> {
    const { database, clock } = this.#deps;
    const ids = [...this.#running.keys()];
    const now = clock();
    const { lost, published } = await database.write(async (trx) => {
      const gone = await renewLeases(trx, ids, now);
      return {
        lost: gone,
        published: await this.#requeue(trx, { leasesUntil: now.getTime(), now }),
      };
    });
    for (const id of lost) this.stop(id);
    this.#goOn(published);
  }

  stop(id: BuildId): void {
    this.#running.get(id)?.stop.abort(new BuildFailed("cancelled"));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#looking;
    const running = [...this.#running.values()];
    for (const { stop } of running) stop.abort(new BuildFailed("the hub stopped"));
    await Promise.all(running.map(({ over }) => over));
  }

  async #look(): Promise<void> {
    const { database, clock, queueLimits, follower } = this.#deps;
    while (this.#isStale && !this.#isClosed) {
      this.#isStale = false;
      const build = await database.write(async (trx) => {
        await follower.follow(trx);
        const claimed = await claimBuild(trx, queueLimits, clock());
        if (claimed !== undefined) await this.#tell(trx, "started", claimed);
        return claimed;
      });
      if (build === undefined) continue;
      await failPoint("build.claimed");
      this.#isStale = true;
      this.#begin(build, (signal) => runBuild(this.#deps, build, signal));
    }
  }

  /** What the hub before had published. */
  #goOn(published: readonly Build[]): void {
    if (this.#isClosed) return;
    for (const build of published) this.#begin(build, () => endPublished(this.#deps, build));
  }

  #begin(build: Build, work: (signal: AbortSignal) => Promise<Ending>): void {
    const stop = new AbortController();
    const over = this.#do(build, work(stop.signal))
      .catch((err) => this.#deps.log.error({ err, build: build.id }, "a build could not be ended"))
      .finally(() => {
        this.#running.delete(build.id);
        this.wake();
      });
    this.#running.set(build.id, { stop, over });
  }

  async #do(build: Build, work: Promise<Ending>): Promise<void> {
    const ending = await work;
    // A hub that stops leaves it to the next one.
    if (this.#isClosed && ending.state !== "succeeded") return;
    await this.#end(build, ending);
    this.#deps.log.info({ build: build.id, state: ending.state }, "build ended");
  }

  async #end(build: Build, ending: Ending): Promise<void> {
    const { database, clock, follower } = this.#deps;
    const { id } = build;
    const now = clock();
    await database.write(async (trx) => {
      const isOwn = await endBuild(trx, { id, from: ["running", "publishing"], ending, now });
      if (!isOwn && ending.state === "succeeded") {
        // Its tags had moved a moment before it was cancelled.
        const why = "it was published before it could be cancelled";
        await endBuild(trx, { id, from: ["cancelled"], ending: { ...ending, why }, now });
      }
      if (ending.state === "succeeded") {
        await follower.note(trx, build, ending.bases ?? []);
        const { repositoryId } = build;
        await this.#deps.onImages(trx, { repositoryId, digests: ending.images ?? [] });
      }
      await follower.recheck(trx, build);
      const state = ending.state === "succeeded" ? "succeeded" : "failed";
      if (isOwn || state === "succeeded") await this.#tell(trx, state, { ...build, ...ending });
    });
  }

  /**
   * Whoever waits for one that is given up hears of it, as of any that fails. Answers what was published, and is this hub's to end.
   */
  async #requeue(
    trx: Kysely<BuildTables>,
    wish: { readonly leasesUntil: number; readonly now: Date },
  ): Promise<readonly Build[]> {
    const published = await claimPublished(trx, wish);
    for (const build of await requeueBuilds(trx, { attempts: ATTEMPTS, ...wish })) {
      await this.#deps.follower.recheck(trx, build);
      await this.#tell(trx, "failed", build);
    }
    return published;
  }

  async #tell(
    trx: Parameters<typeof tellBuild>[0],
    state: "started" | "succeeded" | "failed",
    build: Parameters<typeof tellBuild>[2]["build"] & Pick<Build, "repositoryId">,
  ): Promise<void> {
    const repository = await this.#deps.findRepository(build.repositoryId);
    if (repository === undefined) return;
    await tellBuild(trx, state, { build, repository, now: this.#deps.clock() });
  }
}
