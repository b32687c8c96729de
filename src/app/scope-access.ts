import type { Authoriser, Caller } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import type { Namespace } from "../namespaces/index.ts";
import type { Authority } from "../organizations/index.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { Repository } from "../repositories/index.ts";
import type { Identity } from "./compose-identity.ts";
import { assertKnown, assertOperates, getLiteralRepository } from "./operator-access.ts";
import type { HubTables } from "./stores.ts";

type Wish = "read" | "manage";

/** Who may read or set what holds for the hub, a namespace or a repository. Each throws NOT_FOUND, DENIED or UNAUTHORIZED. */
export interface ScopeAccess {
  assertSomebody(caller: Caller): Promise<void>;
  assertHub(caller: Caller, wish: Wish): Promise<void>;
  getNamespace(caller: Caller, name: string, wish: Wish): Promise<Namespace>;
  getRepository(caller: Caller, name: string, wish: Wish): Promise<Repository>;
}

export function createScopeAccess(parts: {
  readonly identity: Pick<Identity, "access" | "authority">;
  readonly database: Database<HubTables>;
}): ScopeAccess {
  const { identity, database } = parts;
  const { authority, access } = identity;
  return authority === undefined
    ? createOperatorAccess({ ...access, database })
    : createAccountsAccess({ ...access, authority });
}

/** Where there are accounts: by their rights to the hub, the namespace and the repository. */
function createAccountsAccess(deps: {
  readonly authority: Authority;
  readonly authoriser: Authoriser;
}): ScopeAccess {
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
}): ScopeAccess {
  const { authoriser } = deps;
  return {
    assertSomebody: (caller) => assertOperates(authoriser, caller),
    assertHub: (caller) => assertOperates(authoriser, caller),
    async getNamespace(caller) {
      await assertOperates(authoriser, caller);
      const detail =
        "this hub has no namespaces: use a repository, or the hub (where retention has patterns, such as acme/**)";
      throw new ProblemError(PROBLEMS.NOT_FOUND, { detail });
    },
    getRepository: (caller, name) => getLiteralRepository(deps, caller, name),
  };
}
