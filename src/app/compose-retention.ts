import { createRetention, type Retention } from "../lifecycle/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { Registry } from "../registry/index.ts";
import type { Identity } from "./compose-identity.ts";
import type { ComposedPulls } from "./compose-pulls.ts";
import { createScopeAccess } from "./scope-access.ts";
import type { HubTables } from "./stores.ts";

type RetentionDeps = Parameters<typeof createRetention>[0];

/** In every mode: policies are set by those who manage what they are about. */
export function composeRetention(
  parts: Pick<RetentionDeps, "blobs" | "tagKeeper" | "clock" | "randomId" | "log"> & {
    readonly database: Database<HubTables>;
    readonly identity: Pick<Identity, "access" | "authority">;
    readonly registry: Pick<Registry, "releases">;
    readonly pulls: Pick<ComposedPulls, "settle">;
    readonly retainEveryMs: number | undefined;
  },
): Retention {
  const { identity, registry, pulls, retainEveryMs: everyMs } = parts;
  return createRetention({
    ...parts,
    everyMs,
    countsWithin: identity.authority === undefined ? "hub" : "scope",
    releases: registry.releases,
    journal: identity.access.journal,
    access: createScopeAccess(parts),
    settlePulls: () => pulls.settle(),
  });
}
