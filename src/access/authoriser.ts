import type { RepositoryName } from "../oci/name.ts";
import type { Principal } from "./principal.ts";

/** What a route needs; each route of each door declares one, and a route without it does not start. */
export type Right = "none" | "pull" | "push" | "delete" | "catalog" | "operate";

export interface AccessQuestion {
  readonly principal: Principal;
  readonly right: Right;
  readonly repository?: RepositoryName;
}

/** `challenge`: the caller should come back with credentials. The sentence is for people. */
export type Decision =
  | { readonly kind: "allow" }
  | { readonly kind: "challenge"; readonly reason: string }
  | { readonly kind: "deny"; readonly reason: string };

/** The one place that decides. Default deny: what no line here allows is refused. */
export interface Authoriser {
  decide(question: AccessQuestion): Decision;
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
