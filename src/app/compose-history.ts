import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import {
  createHistoryRoutes,
  createTrashRoutes,
  History,
  HistoryAccess,
} from "../lifecycle/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PeriodicJob } from "../platform/jobs/index.ts";
import type { Registry } from "../registry/index.ts";
import type { Identity } from "./compose-identity.ts";
import type { HubTables } from "./stores.ts";

interface ComposedHistory {
  readonly routes: readonly FastifyPluginAsyncZod[];
  readonly jobs: readonly PeriodicJob[];
}

const DAY = 86_400_000;

/** In every mode: what tags were, and ways back. */
export function composeHistory(
  { keepMs }: { readonly keepMs: number | undefined },
  deps: {
    readonly database: Database<HubTables>;
    readonly identity: Pick<Identity, "access">;
    readonly registry: Pick<Registry, "tagHistory" | "restorer" | "images">;
    readonly clock: () => Date;
  },
): ComposedHistory {
  const { registry, clock, database, identity } = deps;
  const access = new HistoryAccess({ ...identity.access, database });
  const parts = { ...registry, access };
  const history = new History({ ...parts, keepMs, clock });
  const routes = [createHistoryRoutes, createTrashRoutes].map((create) =>
    create({ ...parts, history }),
  );
  if (keepMs === undefined) return { routes, jobs: [] };
  const run = (signal: AbortSignal) =>
    registry.tagHistory.trim(new Date(clock().getTime() - keepMs), signal);
  return { routes, jobs: [{ name: "trim tag history", everyMs: DAY, run }] };
}
