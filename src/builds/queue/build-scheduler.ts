import { BuildFailed } from "../builder/build-failed.ts";
import { type Build, claimBuild, endBuild, requeueBuilds } from "../builds-store.ts";
import type { BuildId } from "../tables.ts";
import { type RunDeps, runBuild, workFolderOf } from "./run-build.ts";

export interface SchedulerDeps extends RunDeps {
  readonly isOn: boolean;
  readonly clock: () => Date;
}

const ATTEMPTS = 3;

/** Which builds run, and what becomes of them. What runs ends with the hub, and is begun anew by the next one. */
export class BuildScheduler {
  readonly #deps: SchedulerDeps;
  #current: { readonly id: BuildId; readonly stop: AbortController } | undefined;
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
  }

  /** Once, before anything runs: what the hub before left behind. */
  async recover(): Promise<void> {
    const { database, clock, builder, data } = this.#deps;
    await database.write((trx) => requeueBuilds(trx, ATTEMPTS, clock()));
    if (this.#deps.isOn) await builder.clear(workFolderOf(data));
  }

  /** Looks into the queue, unless it does so already. */
  wake(): void {
    if (this.#isClosed || !this.#deps.isOn || this.#running !== undefined) return;
    this.#running = this.#work()
      // What failed is still in the queue, or is put back at the next start.
      .catch((err) => this.#deps.log.error({ err }, "builds could not go on"))
      .finally(() => {
        this.#running = undefined;
      });
  }

  stop(id: BuildId): void {
    if (this.#current?.id === id) this.#current.stop.abort(new BuildFailed("cancelled"));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#current?.stop.abort(new BuildFailed("the hub stopped"));
    await this.#running;
  }

  async #work(): Promise<void> {
    const { database, clock } = this.#deps;
    while (!this.#isClosed) {
      const build = await database.write((trx) => claimBuild(trx, clock()));
      if (build === undefined) return;
      await this.#do(build);
    }
  }

  async #do(build: Build): Promise<void> {
    const { database, clock, log } = this.#deps;
    const stop = new AbortController();
    this.#current = { id: build.id, stop };
    const ending = await runBuild(this.#deps, build, stop.signal);
    this.#current = undefined;
    // A hub that stops leaves it to the next one.
    if (this.#isClosed && ending.state !== "succeeded") return;
    await database.write((trx) =>
      endBuild(trx, { id: build.id, from: ["running", "publishing"], ending, now: clock() }),
    );
    log.info({ build: build.id, state: ending.state }, "build ended");
  }
}
