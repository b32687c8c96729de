import { excerpt } from "../lib/excerpt.ts";
import { OciError, type OciErrorCode } from "./error.ts";

/** A repository's name as distribution-spec allows it; only {@link parseRepositoryName} makes one. */
export type RepositoryName = string & { readonly __brand: "RepositoryName" };

const LENGTH_LIMIT = 255;

// distribution-spec, "Pulling manifests". No character can be read in two ways, so a match is linear.
const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const NAME = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);

/** The hub's own API lives below these names at `/v2/`; no repository may hide it. */
export const RESERVED_FIRST_COMPONENTS: ReadonlySet<string> = new Set([
  "repositories",
  "namespaces",
  "orgs",
  "users",
  "auth",
  "access-tokens",
  "search",
  "invites",
  "auditlogs",
  "scim",
]);

/**
 * Proves that `text` may name a repository; throws NAME_INVALID with what is wrong about it. A name that is well-formed but
 * the hub's own is DENIED: docker stops at that, where it would send every layer five times before it shows NAME_INVALID.
 */
export function parseRepositoryName(text: string): RepositoryName {
  const fault = findFault(text);
  if (fault !== undefined) throw refuse("NAME_INVALID", { text, fault });
  const [first = ""] = text.split("/", 1);
  if (!RESERVED_FIRST_COMPONENTS.has(first)) return text as RepositoryName;
  const reason = `"${first}" as its first part is reserved for the hub's own API`;
  throw refuse("DENIED", { text, fault: reason });
}

/** Whether {@link parseRepositoryName} would take it. */
export function isRepositoryName(text: string): text is RepositoryName {
  const [first = ""] = text.split("/", 1);
  return findFault(text) === undefined && !RESERVED_FIRST_COMPONENTS.has(first);
}

function refuse(code: OciErrorCode, { text, fault }: { text: string; fault: string }): OciError {
  const name = excerpt(text);
  return new OciError(code, { name }, { message: `invalid repository name "${name}": ${fault}` });
}

function findFault(text: string): string | undefined {
  if (text.length > LENGTH_LIMIT) return `it is longer than ${LENGTH_LIMIT} characters`;
  return NAME.test(text) ? undefined : findSyntaxFault(text);
}

function findSyntaxFault(text: string): string {
  if (text === "") return "it is empty";
  if (/[A-Z]/.test(text)) return "it must be lower case";
  const stranger = /[^a-z0-9._/-]/.exec(text)?.[0];
  if (stranger !== undefined) return `it must not contain ${JSON.stringify(stranger)}`;
  if (text.split("/").includes("")) return "it has an empty part between its slashes";
  return "each part must start and end with a letter or digit, with one '.', one or two '_', or any number of '-' between them";
}
