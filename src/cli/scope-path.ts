export const SCOPE = "hub, a user or organization such as acme, or a repository such as acme/api";

/** Below `base`, the address of a scope; what has a slash in its name is a repository. */
export function pathOfScope(base: string, scope: string): string {
  if (scope === "hub") return `${base}/hub`;
  const path = scope.split("/").map(encodeURIComponent).join("/");
  return `${base}/${scope.includes("/") ? "repositories" : "namespaces"}/${path}`;
}
