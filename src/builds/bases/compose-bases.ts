import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Database } from "../../platform/db/index.ts";
import type { PeriodicJob } from "../../platform/jobs/index.ts";
import type { BuildAccess } from "../build-access.ts";
import type { BuildTables } from "../tables.ts";
import { BaseFollower, type FollowerDeps } from "./base-follower.ts";
import { createBaseRoutes } from "./base-routes.ts";
import { withOutsideImages } from "./outside-images.ts";
import { type LookerDeps, OutsideLooker } from "./outside-looker.ts";

export type FollowedOptions = FollowerDeps &
  Pick<LookerDeps, "readDigest" | "basePollMs"> & {
    readonly database: Database<BuildTables>;
    readonly access: Pick<BuildAccess, "getRepository">;
    /** Whether an image in another registry may be looked at. */
    readonly mayLookAt: (reference: string) => boolean;
    readonly isOn: boolean;
  };

interface Followed {
  readonly follower: BaseFollower;
  readonly routes: FastifyPluginAsyncZod;
  readonly jobs: readonly PeriodicJob[];
}

const LOOK_EVERY_MS = 60_000;

/** What images are built on, here and in other registries. */
export function composeBases(options: FollowedOptions, onMoved: () => void): Followed {
  const images = withOutsideImages(options.images, options.mayLookAt);
  const follower = new BaseFollower({ ...options, images });
  const looker = new OutsideLooker({ ...options, follower, onMoved });
  const { basePollMs, isOn } = options;
  const look = {
    name: "look at bases elsewhere",
    everyMs: Math.min(LOOK_EVERY_MS, Math.max(basePollMs, 1000)),
    run: (signal: AbortSignal) => looker.look(signal),
  };
  return {
    follower,
    routes: createBaseRoutes({ ...options, images }),
    jobs: isOn && basePollMs > 0 ? [look] : [],
  };
}
