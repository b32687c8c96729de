import type { RepositoryRights } from "./repository-rights.ts";
import { permits, type Standings } from "./standing.ts";

/** What the account may do, as far as the credential was made for it. */
export function createRepositoryRights(deps: { readonly standings: Standings }): RepositoryRights {
  return {
    async find(principal, name) {
      const { actions, repository, isPublic } = await deps.standings.find(principal, name);
      const limits = principal.credential?.permits;
      const held = [...actions].filter((action) =>
        permits(limits, { repository, action, isPublic }),
      );
      return { actions: new Set(held) };
    },
  };
}
