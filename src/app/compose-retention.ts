import type { Authoriser } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { createRetention, type Retention, type RetentionAccess } from "../lifecycle/index.ts";
import type { Authority } from "../organizations/index.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { Registry } from "../registry/index.ts";
import type { Identity } from "./compose-identity.ts";
import type { ComposedPulls } from "./compose-pulls.ts";
import { assertKnown, assertOperates, getLiteralRepository } from "./operator-access.ts";
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
  const { identity, registry, pulls, database, retainEveryMs: everyMs } = parts;
  const { authority, access } = identity;
  return createRetention({
    ...parts,
    everyMs,
    releases: registry.releases,
    journal: access.journal,
    access:
      authority === undefined
        ? createOperatorAccess({ ...access, database })
        : createRetentionAccess({ ...access, authority }),
    settlePulls: () => pulls.settle(),
  });
}

/** Where there are accounts: by their rights to the hub, the namespace and the repository. */
function createRetentionAccess(deps: {
  readonly authority: Authority;
  readonly authoriser: Authoriser;
}): RetentionAccess {
  const { authority, authoriser } = deps;
  return {
    assertSomebody: async (caller) => assertKnown(caller),
    async assertHub(caller) {
      assertKnown(caller);
      await assertOperates(authoriser, caller);
    },
    async getNamespace(caller, name, wish) {
      assertKnown(caller);
      const need = wish === "read" ? "right.read" : "owner";
      return await authority.getNamespace(caller, name, need);
    },
    async getRepository(caller, name, wish) {
      if (wish === "manage") assertKnown(caller);
      return await authority.getRepository(caller, name, wish === "read" ? "pull" : "admin");
    },
  };
}

/** Without accounts: whoever may work on the hub. Names are literal then, and nobody owns a namespace. */
function createOperatorAccess(deps: {
  readonly authoriser: Authoriser;
  readonly database: Database<HubTables>;
}): RetentionAccess {
  const { authoriser } = deps;
  return {
    assertSomebody: (caller) => assertOperates(authoriser, caller),
    assertHub: (caller) => assertOperates(authoriser, caller),
    async getNamespace(caller) {
      await assertOperates(authoriser, caller);
      const detail = "this hub has no namespaces: use a pattern of the hub, such as acme/**";
      throw new ProblemError(PROBLEMS.NOT_FOUND, { detail });
    },
    getRepository: (caller, name) => getLiteralRepository(deps, caller, name),
  };
}
