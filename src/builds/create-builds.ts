import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { PeriodicJob } from "../platform/jobs/index.ts";
import { createAdviceRoutes } from "./advice/advice-routes.ts";
import { type BadgeDeps, createBadgeRoutes } from "./badges/badge-routes.ts";
import { composeBases, type FollowedOptions } from "./bases/compose-bases.ts";
import { type BuildRouteDeps, createBuildRoutes } from "./build-routes.ts";
import type { BaseFolders } from "./builder/bases/base-folder.ts";
import { GitRepositories } from "./git/git-repositories.ts";
import { createGitRoutes } from "./git/git-routes.ts";
import { PushedRefs } from "./git/pushed-refs.ts";
import { BuildLogs } from "./queue/build-log.ts";
import { BuildQueue } from "./queue/build-queue.ts";
import { BuildScheduler, type SchedulerDeps } from "./queue/build-scheduler.ts";
import { createLogRoutes } from "./queue/log-routes.ts";
import { createRunRoutes } from "./queue/run-routes.ts";
import { createRuleRoutes } from "./rule-routes.ts";
import { BuildSecrets } from "./secrets/build-secrets.ts";
import { removeOldSecretFiles } from "./secrets/secret-files.ts";
import { createSecretRoutes } from "./secrets/secret-routes.ts";
import {
  composeSources,
  createSubmodules,
  type SourcesOptions,
} from "./sources/compose-sources.ts";
import { tidyBuilds } from "./tidy-builds.ts";
import { runSchedules } from "./triggers/schedules.ts";
import { createTriggerRoutes } from "./triggers/trigger-routes.ts";
import { Triggers, type TriggersDeps } from "./triggers/triggers.ts";
import { BuildUploads } from "./uploads/build-uploads.ts";
import { createUploadRoutes } from "./uploads/upload-routes.ts";

export type BuildsOptions = Omit<
  SchedulerDeps,
  "git" | "logs" | "secrets" | "uploads" | "submodules" | "follower"
> &
  FollowedOptions &
  Pick<BadgeDeps, "findPublic"> &
  Omit<BuildRouteDeps, "queue" | "logs"> & {
    readonly pushBytes: number;
    readonly repositoryBytes: number;
    readonly keepLogs: number;
    readonly bases: Pick<BaseFolders, "tidy">;
  } & Omit<SourcesOptions, "wantsProposal" | "onProposal">;

export interface Builds extends AsyncDisposable {
  readonly routes: readonly FastifyPluginAsyncZod[];
  readonly jobs: readonly PeriodicJob[];
}

const LOOK_EVERY_MS = 5000;
const RENEW_EVERY_MS = 15_000;
const SCHEDULE_EVERY_MS = 20_000;
const TIDY_EVERY_MS = 600_000;

/** Commit in, image out. */
export async function createBuilds(options: BuildsOptions): Promise<Builds> {
  const git = new GitRepositories({ ...options, treeBytes: options.limits.diskBytes });
  const logs = new BuildLogs(options.data);
  const secrets = new BuildSecrets(options);
  const uploads = new BuildUploads({ ...options, limitBytes: options.pushBytes });
  await removeOldSecretFiles(options.data);
  await git.recover();
  const followed = composeBases(options, () => scheduler.wake());
  const { follower } = followed;
  const submodules = createSubmodules({ ...options, git });
  const scheduler = new BuildScheduler({
    ...{ ...options, git, logs, secrets, uploads, submodules, follower },
  });
  const queue = new BuildQueue({
    ...{ ...options, git },
    onQueued: () => scheduler.wake(),
    stop: (id) => scheduler.stop(id),
  });
  await scheduler.recover();
  const pushed = new PushedRefs({ ...options, git, onPush: (push) => queue.notePush(push) });
  const startAll: TriggersDeps["startAll"] = (...wish) => queue.startAll(...wish);
  const sources = composeSources({
    ...{ ...options, git, pushed },
    wantsProposal: (...wish) => queue.wantsProposal(...wish),
    onProposal: (proposal) => queue.propose(proposal),
  });
  return {
    routes: [
      createBuildRoutes({ ...options, queue, logs }),
      createLogRoutes({ ...options, logs }),
      createUploadRoutes({ ...options, queue, uploads }),
      createRunRoutes({ ...options, queue, logs }),
      createRuleRoutes({ ...options, git }),
      createSecretRoutes({ ...options, secrets }),
      createTriggerRoutes({ ...options, triggers: new Triggers({ ...options, startAll }) }),
      followed.routes,
      createBadgeRoutes(options),
      createAdviceRoutes(options),
      createGitRoutes({ ...options, git, pushed, hasSource: sources.hasSource }),
      ...sources.routes,
    ],
    jobs: [
      { name: "build", everyMs: LOOK_EVERY_MS, afterMs: 0, run: async () => scheduler.wake() },
      { name: "tidy uploads", everyMs: LOOK_EVERY_MS, run: () => uploads.tidy() },
      { name: "hold builds", everyMs: RENEW_EVERY_MS, run: () => scheduler.renew() },
      { name: "settle pushes", everyMs: TIDY_EVERY_MS, run: (signal) => pushed.recover(signal) },
      {
        name: "start scheduled builds",
        everyMs: SCHEDULE_EVERY_MS,
        run: (signal) => runSchedules({ ...options, startAll }, signal),
      },
      ...sources.jobs,
      ...followed.jobs,
      {
        name: "tidy builds",
        everyMs: TIDY_EVERY_MS,
        run: async (signal) => {
          await options.bases.tidy(options.clock());
          await tidyBuilds({ ...options, git, logs }, signal);
        },
      },
    ],
    async [Symbol.asyncDispose]() {
      await sources.close();
      await scheduler.close();
    },
  };
}
