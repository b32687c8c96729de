import type { RepositoryName } from "../oci/name.ts";
import type { Denial } from "./explanation.ts";
import type { Principal } from "./principal.ts";
import type { TagRule } from "./standing.ts";

/** What a route needs; each route of each door declares one, and a route without it does not start. */
export type Right = "none" | "pull" | "push" | "delete" | "admin" | "catalog" | "operate";

export interface AccessQuestion {
  readonly principal: Principal;
  readonly right: Right;
  readonly repository?: RepositoryName;
}

/**
 * `challenge`: the caller should come back with credentials. `hide`: for the caller there is no such repository, whether it
 * exists or not. The sentence is for people.
 */
export type Decision =
  | Permission
  | { readonly kind: "challenge"; readonly reason: string }
  | ({ readonly kind: "deny" } & Denial)
  | { readonly kind: "hide"; readonly reason: string };

export interface Permission {
  readonly kind: "allow";
  /** The repository that the name asked for stands for; the same name where names have no second meaning. */
  readonly repository?: RepositoryName;
  /** Its row, 0 while there is none; undefined where names are literal. What has the name later is not meant. */
  readonly repositoryId?: number;
  /** A push has to fit one of them. */
  readonly tagRules?: readonly TagRule[];
  /** Before anything is stored, an organization of the name's first part has to be made. */
  readonly createsOrganization?: boolean;
}

/** The one place that decides. Default deny: what no line here allows is refused. */
export interface Authoriser {
  decide(question: AccessQuestion): Decision | Promise<Decision>;
}

const ALLOW: Decision = { kind: "allow" };

/** Like registry:2 without `auth`: whoever reaches the port may do everything. */
export function createOpenAuthoriser(): Authoriser {
  return { decide: () => ALLOW };
}

/** Like registry:2 with `auth: htpasswd`: every listed user may do everything, nobody else anything. */
export function createUsersOnlyAuthoriser(): Authoriser {
  return {
    decide({ principal }) {
      if (principal.kind === "user") return ALLOW;
      return { kind: "challenge", reason: "authentication required: run docker login first" };
    },
  };
}
