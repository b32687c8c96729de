import type { RepositoryName } from "../oci/name.ts";
import type { Principal, RepositoryAction } from "./principal.ts";

/** What somebody may do with a repository at this moment, by account and credential together. */
export interface RepositoryRights {
  /** `name` is as the client asked for it. No actions for what the principal may not even see. */
  find(
    principal: Principal,
    name: RepositoryName,
  ): Promise<{ readonly actions: ReadonlySet<RepositoryAction> }>;
}
