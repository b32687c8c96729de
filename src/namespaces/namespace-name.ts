import { RESERVED_FIRST_COMPONENTS } from "../oci/name.ts";

/** The first part of a repository's name: lower case, as in every reference. Only {@link parseNamespaceName} makes one. */
export type NamespaceName = string & { readonly __brand: "NamespaceName" };

/** Why a name cannot be had, as a sentence that goes on after the name. */
export interface NameFault {
  readonly why: string;
}

const LENGTH_LIMIT = 64;

// One component of a repository's name (distribution-spec, "Pulling manifests").
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

/** Addresses of the hub's own, names that people take for the hub itself, and those its first start gives out. */
const RESERVED: ReadonlySet<string> = new Set([
  ...RESERVED_FIRST_COMPONENTS,
  "admin",
  "administrator",
  "anonymous",
  "api",
  "berth",
  "explore",
  "healthz",
  // Where a place is named, the whole hub is called that.
  "hub",
  "library",
  "login",
  "logout",
  "metrics",
  "oauth",
  "r",
  "readyz",
  "retention",
  "review",
  "root",
  "settings",
  "sign-up",
  "signup",
  "support",
  "system",
  "token",
  "u",
  "v1",
  "v2",
]);

/** The name in lower case, or why it cannot be one. Letter case is not told apart: `Alice` signs in as `alice`. */
export function parseNamespaceName(text: string): NamespaceName | NameFault {
  const name = text.toLowerCase();
  if (name.length > LENGTH_LIMIT) return { why: `has to have at most ${LENGTH_LIMIT} characters` };
  if (!NAME.test(name)) {
    return {
      why: "has to be letters from a to z and digits, with single '.', '_' or '-' between them",
    };
  }
  return name as NamespaceName;
}

/** Names that nobody signs up with; the hub makes `admin` and `library` itself. */
export function isReserved(name: NamespaceName): boolean {
  return RESERVED.has(name);
}

/** Why a name is not free, for whoever wants it: what has it, or one that cannot be told from it at a glance. */
export function describeConflict(name: NamespaceName, conflict: NamespaceName): string {
  return conflict === name
    ? `"${name}" is taken, or was until lately`
    : `"${name}" would be taken for "${conflict}"`;
}

/**
 * What is left of a name for an eye that does not look twice: names with the same skeleton are taken for one another.
 * Separators and the classic pairs of ASCII; other alphabets cannot stand in a name.
 */
export function skeletonOf(name: NamespaceName): string {
  return name
    .replaceAll(/[._-]/g, "")
    .replaceAll("rn", "m")
    .replaceAll("vv", "w")
    .replaceAll("0", "o")
    .replaceAll(/[1i]/g, "l");
}
