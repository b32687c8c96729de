import type { RepositoryRights } from "./repository-rights.ts";
import { isMadeFor, type Standings } from "./standing.ts";

/** What the account may do, as far as the credential was made for it. */
export function createRepositoryRights(deps: { readonly standings: Standings }): RepositoryRights {
  return {
    async find(principal, name) {
      const standing = await deps.standings.find(principal, name);
      const held = [...standing.actions].filter((action) =>
        isMadeFor(principal.credential, { ...standing, action }),
      );
      return { actions: new Set(held) };
    },
  };
}
