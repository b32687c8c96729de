import { OciError } from "./error.ts";

/** A repository's name as distribution-spec allows it; only {@link parseRepositoryName} makes one. */
export type RepositoryName = string & { readonly __brand: "RepositoryName" };

const LENGTH_LIMIT = 255;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

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

/** Proves that `text` may name a repository; throws NAME_INVALID with what is wrong about it. */
export function parseRepositoryName(text: string): RepositoryName {
  const fault = findFault(text);
  if (fault === undefined) return text as RepositoryName;
  throw new OciError(
    "NAME_INVALID",
    { name: text.slice(0, LENGTH_LIMIT) },
    { message: `invalid repository name: ${fault}` },
  );
}

function findFault(text: string): string | undefined {
  if (text.length > LENGTH_LIMIT) return `it is longer than ${LENGTH_LIMIT} characters`;
  const components = text.split("/");
  const wrong = components.find((component) => !COMPONENT.test(component));
  if (wrong === "") return "it has an empty part between its slashes";
  if (wrong !== undefined) {
    return "each part must be lower-case letters and digits, separated by one '.', one or two '_', or '-'";
  }
  const [first = ""] = components;
  return RESERVED_FIRST_COMPONENTS.has(first)
    ? `"${first}" is reserved for the hub's API`
    : undefined;
}
