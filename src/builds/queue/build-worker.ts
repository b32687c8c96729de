import { mkdir } from "node:fs/promises";
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
import type { Builder, BuildLimits } from "../builder/builder.ts";
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
  readonly builder: Builder;
  readonly limits: BuildLimits;
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
    if (this.#deps.isOn) await this.#deps.builder.clear(this.#workFolder());
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
      this.#current = undefined;
      await this.#deps.builder.clear(work);
    }
  }

  async #build(build: Build, work: string, stop: AbortController): Promise<Ending> {
    const { git, logs, limits, builder } = this.#deps;
    const { signal } = stop;
    const source = join(work, "source");
    const image = join(work, "work");
    await mkdir(source);
    await mkdir(image);
    const output = await logs.begin(build.id);
    try {
      output.write(`Building ${build.dockerfile} of ${build.ref} at ${build.commit}\n`);
      await git.extract(build.repositoryId, { commit: build.commit, into: source, signal });
      const { context, dockerfile, repositoryId: repository } = build;
      const { images } = await builder.build(
        {
          ...{ source, context, dockerfile, target: undefined, work: image, limits },
          ...{ args: {}, secrets: [], platforms: [], bases: [], network: "filtered" },
          cache: build.caching ? { repository, isTrusted: true } : undefined,
        },
        (event) => {
          if (event.kind === "output") output.write(event.bytes);
        },
        signal,
      );
      const digest = await this.#publish(build, images[0]);
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
  async #publish(
    build: Build,
    image: { readonly folder: string } | undefined,
  ): Promise<string | undefined> {
    if (image === undefined) throw new Error("a build ended without an image");
    const { folder } = image;
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

  #workFolder(): string {
    return join(this.#deps.data, "builds", "work");
  }
}

function describe(reason: Error): string {
  return reason instanceof BuildFailed || reason instanceof OciError
    ? reason.message
    : "the hub could not do it";
}
