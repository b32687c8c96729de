import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { printDenial } from "../../access/index.ts";
import { OciError } from "../../oci/error.ts";
import { parseTag } from "../../oci/tag.ts";
import type { Database } from "../../platform/db/index.ts";
import type { ImagePublisher } from "../../registry/index.ts";
import type { Repository, RepositoryId } from "../../repositories/index.ts";
import type { BuildAccess } from "../build-access.ts";
import { BuildFailed } from "../builder/build-failed.ts";
import { buildImage, removeByBuilder } from "../builder/buildah.ts";
import {
  type Build,
  claimBuild,
  type Ending,
  endBuild,
  isOvertaken,
  requeueBuilds,
  startPublishing,
} from "../builds-store.ts";
import type { GitRepositories } from "../git/git-repositories.ts";
import type { BuildId, BuildTables } from "../tables.ts";
import type { BuildLogs } from "./build-log.ts";

export interface WorkerDeps {
  readonly database: Database<BuildTables>;
  readonly git: GitRepositories;
  readonly logs: BuildLogs;
  readonly publisher: Pick<ImagePublisher, "publish">;
  readonly access: Pick<BuildAccess, "decidePush">;
  readonly findRepository: (id: RepositoryId) => Promise<Repository | undefined>;
  readonly data: string;
  readonly plainRegistry: string | undefined;
  readonly limits: { readonly ms: number; readonly logBytes: number };
  readonly isOn: boolean;
  readonly clock: () => Date;
  readonly log: Logger;
}

const ATTEMPTS = 3;

/** Builds what waits, one after the other. What runs ends with the hub, and is begun anew by the next one. */
export class BuildWorker {
  readonly #deps: WorkerDeps;
  #current: { readonly id: BuildId; readonly stop: AbortController } | undefined;
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(deps: WorkerDeps) {
    this.#deps = deps;
  }

  /** Once, before anything runs: what the hub before left behind. */
  async recover(): Promise<void> {
    const { database, clock } = this.#deps;
    await database.write((trx) => requeueBuilds(trx, ATTEMPTS, clock()));
    if (this.#deps.isOn) await this.#clear(this.#workFolder());
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
      const ending = await this.#execute(build);
      // A hub that stops leaves it to the next one.
      if (this.#isClosed && ending.state !== "succeeded") return;
      await database.write((trx) =>
        endBuild(trx, {
          ...{ id: build.id, from: ["running", "publishing"], ending, now: clock() },
        }),
      );
      this.#deps.log.info({ build: build.id, state: ending.state }, "build ended");
    }
  }

  async #execute(build: Build): Promise<Ending> {
    const { log } = this.#deps;
    const work = join(this.#workFolder(), String(build.id));
    const stop = new AbortController();
    this.#current = { id: build.id, stop };
    const timer = setTimeout(() => {
      const minutes = Math.round(this.#deps.limits.ms / 60_000);
      stop.abort(new BuildFailed(`it took longer than ${minutes} minutes (builds.timeout)`));
    }, this.#deps.limits.ms);
    try {
      await mkdir(work, { recursive: true });
      return await this.#build(build, work, stop);
    } catch (cause) {
      const reason: unknown = stop.signal.aborted ? stop.signal.reason : cause;
      if (reason instanceof BuildFailed)
        return { state: "failed", why: reason.message, exitCode: reason.exitCode };
      if (reason instanceof OciError)
        return { state: "failed", why: `it could not be published: ${reason.message}` };
      log.error({ err: cause, build: build.id }, "build failed");
      return { state: "failed", why: "the hub could not do it; its log says why" };
    } finally {
      clearTimeout(timer);
      this.#current = undefined;
      await this.#clear(work);
    }
  }

  async #build(build: Build, work: string, stop: AbortController): Promise<Ending> {
    const { git, logs, limits, plainRegistry } = this.#deps;
    const { signal } = stop;
    const source = join(work, "source");
    await mkdir(source);
    const output = await logs.begin(build.id);
    let left = limits.logBytes;
    const onOutput = (bytes: Buffer) => {
      if (left <= 0) return;
      output.write(bytes.subarray(0, left));
      left -= bytes.length;
      if (left <= 0)
        stop.abort(
          new BuildFailed(`it printed more than ${limits.logBytes} bytes (builds.logBytes)`),
        );
    };
    try {
      output.write(`Building ${build.dockerfile} of ${build.ref} at ${build.commit}\n`);
      await git.extract(build.repositoryId, { commit: build.commit, into: source, signal });
      const store = build.caching ? this.#storeOf(build.repositoryId) : join(work, "store");
      const { context, dockerfile, caching } = build;
      const order = { source, context, dockerfile, store, work, caching, plainRegistry };
      const image = await buildImage({ ...order, onOutput, signal });
      const digest = await this.#publish(build, image);
      if (digest === undefined) return { state: "cancelled" };
      output.write(`Published ${digest} as ${build.tags.join(", ")}\n`);
      return { state: "succeeded", digest };
    } catch (cause) {
      const reason: unknown = signal.aborted ? signal.reason : cause;
      if (reason instanceof Error && !output.destroyed)
        output.write(`Failed: ${describe(reason)}\n`);
      throw cause;
    } finally {
      await logs.end(output);
    }
  }

  /** Undefined when it was cancelled meanwhile. Throws BuildFailed. */
  async #publish(build: Build, folder: string): Promise<string | undefined> {
    const { database, access, publisher } = this.#deps;
    const repository = await this.#deps.findRepository(build.repositoryId);
    if (repository === undefined) throw new BuildFailed("the repository is gone");
    const decision = await access.decidePush(build.by, repository);
    if (decision.kind === "deny")
      throw new BuildFailed(
        `${build.by.name} may not push any more: ${printDenial(decision, undefined)}`,
      );
    if (decision.kind !== "allow")
      throw new BuildFailed(`${build.by.name} may not push any more: ${decision.reason}`);
    if (await isOvertaken(database.reader, build))
      throw new BuildFailed(`a later build of ${build.ref} has been published already`);
    if (!(await database.write((trx) => startPublishing(trx, build.id)))) return undefined;
    const tags = build.tags.map(parseTag);
    const { tagRules } = decision;
    const origin = { address: "", client: `berth build ${build.id}` };
    const by = { principal: build.by, origin: () => origin };
    return await publisher.publish(repository, { folder, tags, tagRules }, by);
  }

  async #clear(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true }).catch(() => removeByBuilder(folder));
  }

  #workFolder(): string {
    return join(this.#deps.data, "builds", "work");
  }

  #storeOf(repository: RepositoryId): string {
    return join(this.#deps.data, "builds", "layers", String(repository));
  }
}

function describe(reason: Error): string {
  return reason instanceof BuildFailed || reason instanceof OciError
    ? reason.message
    : "the hub could not do it";
}
