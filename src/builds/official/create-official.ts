import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Database } from "../../platform/db/index.ts";
import type { PeriodicJob } from "../../platform/jobs/index.ts";
import type { RepositoryTables } from "../../repositories/index.ts";
import { SLSA_PREDICATE } from "../provenance/slsa-predicate.ts";
import type { BuildTables } from "../tables.ts";
import { followLibrary, type LibraryFollowerDeps } from "./follow-library.ts";
import { createLibraryRoutes, type LibraryRouteDeps } from "./library-routes.ts";
import { createSubmissionRoutes, type SubmissionRouteDeps } from "./official-routes.ts";
import type { OfficialTables } from "./official-tables.ts";
import { Programme } from "./programme.ts";
import { RemoteSources } from "./sources/remote-sources.ts";
import { Stage, type StageDeps } from "./staging/stage.ts";
import { type TidyStagesDeps, tidyStages } from "./staging/tidy-stages.ts";
import { FindingsWatch, type FindingsWatchDeps } from "./watch-findings.ts";
import { watchImages } from "./watch-images.ts";

export interface OfficialOptions
  extends Omit<SubmissionRouteDeps, "programme" | "remote" | "database" | "publisher">,
    Omit<StageDeps, "remote" | "database" | "publisher" | "attached">,
    Omit<LibraryFollowerDeps, "database">,
    Omit<FindingsWatchDeps, "database">,
    Pick<LibraryRouteDeps, "onReviewer">,
    Pick<TidyStagesDeps, "removeStage"> {
  readonly database: Database<OfficialTables & RepositoryTables & BuildTables>;
  readonly publisher: SubmissionRouteDeps["publisher"] & StageDeps["publisher"];
  readonly isOn: boolean;
  /** Whether what is published gets a bill of materials when it is scanned. */
  readonly attachesBills: boolean;
  /** The most that is fetched of a server of sources at once. */
  readonly packBytes: number;
  /** Networks that the hub may fetch sources from though they are not public. */
  readonly outboundAllow: readonly string[];
}

export interface Official extends AsyncDisposable {
  readonly routes: readonly FastifyPluginAsyncZod[];
  readonly jobs: readonly PeriodicJob[];
}

const CYCLONEDX_TYPE = "application/vnd.cyclonedx+json";
const LOOK_EVERY_MS = 5000;
const WATCH_EVERY_MS = 600_000;

/** The programme by which a hub vouches for a few images. */
export async function createOfficial(options: OfficialOptions): Promise<Official> {
  const remote = new RemoteSources({ ...options, allow: options.outboundAllow });
  const bills = options.attachesBills ? [CYCLONEDX_TYPE] : [];
  const stage = new Stage({ ...options, remote, attached: [SLSA_PREDICATE, ...bills] });
  const programme = new Programme({
    ...options,
    onSubmitted: () => stage.wake(),
    onWithdrawn: (id) => stage.stop(id),
  });
  await stage.recover();
  const watch = new FindingsWatch(options);
  return {
    routes: [
      createSubmissionRoutes({ ...options, remote, programme }),
      createLibraryRoutes(options),
    ],
    jobs: [
      {
        name: "check official images",
        everyMs: LOOK_EVERY_MS,
        run: async () => {
          await followLibrary(options);
          await watch.look({ all: false });
          await tidyStages(options, stage.checking);
          stage.wake();
        },
      },
      {
        name: "watch official images",
        everyMs: WATCH_EVERY_MS,
        run: async () => {
          await remote.tidy(options.clock());
          await watchImages({ ...options, remote });
          await watch.look({ all: true });
          stage.wake();
        },
      },
    ],
    [Symbol.asyncDispose]: () => stage.close(),
  };
}
