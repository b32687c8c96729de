import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Journal } from "../../access/index.ts";
import type { PublicAddress } from "../../platform/http/index.ts";
import type { PeriodicJob } from "../../platform/jobs/index.ts";
import { createAddressRule } from "../../platform/outbound/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { BuildAccess } from "../build-access.ts";
import { createHookRoutes } from "./hook-routes.ts";
import { type LookerDeps, SourceLooker } from "./source-looker.ts";
import type { Lookup } from "./source-reach.ts";
import { createSourceRoutes } from "./source-routes.ts";
import { Sources } from "./sources.ts";
import { Submodules } from "./submodules.ts";

export interface SourcesOptions
  extends Omit<LookerDeps, "git" | "pushed" | "reach" | "caFile" | "limits" | "random">,
    Pick<PublicAddress, "clientAddressOf"> {
  readonly access: BuildAccess;
  readonly journal: Journal;
  readonly pushBytes: number;
  readonly gitServers: {
    /** Networks that are not public and hold Git servers all the same. */
    readonly allow: readonly string[];
    readonly caFile?: string | undefined;
    readonly timeout: number;
  };
  readonly lookup?: Lookup;
}

interface ComposedSources {
  readonly routes: readonly FastifyPluginAsyncZod[];
  readonly jobs: readonly PeriodicJob[];
  readonly hasSource: (repository: RepositoryId) => Promise<boolean>;
  readonly close: () => Promise<void>;
}

const LOOK_EVERY_MS = 5000;
const TIDY_EVERY_MS = 3_600_000;

function openReach({ gitServers, lookup }: Pick<SourcesOptions, "gitServers" | "lookup">) {
  return {
    mayReach: createAddressRule(gitServers.allow),
    isPublic: createAddressRule([]),
    lookup,
  };
}

/** Under the same guards as the sources themselves. */
export function createSubmodules(
  options: Pick<SourcesOptions, "database" | "sealing" | "gitServers" | "lookup" | "pushBytes"> &
    Pick<LookerDeps, "git">,
): Submodules {
  const { gitServers, pushBytes } = options;
  return new Submodules({
    ...{ ...options, reach: openReach(options), caFile: gitServers.caFile },
    limits: { bytes: pushBytes, ms: gitServers.timeout },
  });
}

/** Git servers that repositories are built from. */
export function composeSources(
  options: SourcesOptions & Pick<LookerDeps, "git" | "pushed">,
): ComposedSources {
  const { gitServers, pushBytes } = options;
  const reach = openReach(options);
  const looker = new SourceLooker({
    ...{ ...options, reach, caFile: gitServers.caFile, random: Math.random },
    limits: { bytes: pushBytes, ms: gitServers.timeout },
  });
  const onWanted = () => {
    looker.wake().catch((err) => options.log.error({ err }, "sources could not be looked at"));
  };
  const sources = new Sources({ ...options, reach, onWanted });
  return {
    routes: [
      createSourceRoutes({ ...options, sources }),
      createHookRoutes({ ...options, onWanted }),
    ],
    jobs: [
      { name: "read git servers", everyMs: LOOK_EVERY_MS, run: () => looker.wake() },
      { name: "tidy git servers", everyMs: TIDY_EVERY_MS, run: () => looker.tidy() },
    ],
    hasSource: async (id) => (await sources.find(id)) !== undefined,
    close: () => looker.close(),
  };
}
