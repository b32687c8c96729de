import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Kysely } from "kysely";
import type { Caller, Journal } from "../access/index.ts";
import { assertNothingLocked, doubtAliasesOf, removeOverridesOf } from "../lifecycle/index.ts";
import {
  type Authority,
  createMoveRoutes,
  type MoveRouteDeps,
  NamespaceRenames,
  RepositoryMoves,
  removeRightsTo,
} from "../organizations/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { Registry } from "../registry/index.ts";
import type { Repository } from "../repositories/index.ts";
import { removeWebhooksOf } from "../webhooks/index.ts";
import type { ComposedQuotas } from "./compose-quotas.ts";
import type { HubTables } from "./stores.ts";

interface MoveParts {
  readonly database: Database<HubTables>;
  readonly authority: Authority;
  readonly statistics: MoveRouteDeps["statistics"];
  readonly journal: Journal;
  readonly quotas: Pick<ComposedQuotas, "holdToQuota">;
  readonly onChange: () => void;
  readonly clock: () => Date;
}

export interface ComposedMoves {
  readonly routes: FastifyPluginAsyncZod;
  readonly removeRepository: (repository: Repository, by: Caller) => Promise<void>;
}

/** Names that change hands: whatever is remembered by name, in any capability, is forgotten with the commit. */
export function composeMoves(
  parts: MoveParts,
  registry: Pick<Registry, "removal" | "cache" | "rights">,
): ComposedMoves {
  const { onChange, clock } = parts;
  const onMove = () => {
    onChange();
    registry.cache.forgetAll();
    registry.rights.forgetAll();
  };
  const removeRepository = (repository: Repository, by: Caller) =>
    registry.removal.remove(repository, by, {
      onChange,
      async removeRights(trx, one) {
        const db = trx as Kysely<HubTables>;
        await assertNothingLocked(db, one, { leaves: "hub", clock });
        await removeRightsTo(db, one.id);
      },
    });
  const moves = new RepositoryMoves({
    ...parts,
    ...parts.quotas,
    onMove,
    assertMayLeave: (trx, one) =>
      assertNothingLocked(trx as Kysely<HubTables>, one, { leaves: "namespace", clock }),
    async endFormerOwners(trx, id) {
      await removeRightsTo(trx as Kysely<HubTables>, id);
      await removeWebhooksOf(trx as Kysely<HubTables>, id);
      await removeOverridesOf(trx as Kysely<HubTables>, id);
      await doubtAliasesOf(trx as Kysely<HubTables>, id);
    },
  });
  const renames = new NamespaceRenames({ ...parts, onMove });
  return {
    routes: createMoveRoutes({ ...parts, moves, renames, removeRepository }),
    removeRepository,
  };
}
