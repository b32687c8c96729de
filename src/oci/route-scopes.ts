import { isRepositoryName } from "./name.ts";
import type { RouteMatch } from "./route.ts";
import type { Scope } from "./scope.ts";

/** What a token has to hold for a request to pass; names are as the client asked for them. */
export function scopesOf(route: RouteMatch): readonly Scope[] {
  if (route.id === "ping") return [];
  if (route.id === "catalog") return [{ type: "registry", name: "catalog", actions: ["*"] }];
  const own = repositoryScope(route.name, actionsFor(route));
  if (route.id !== "uploads") return [own];
  // Clients ask for exactly what a challenge names, and a mount needs to read its source.
  const from = route.query.get("mount") === null ? null : route.query.get("from");
  if (from === null || from === route.name || !isRepositoryName(from)) return [own];
  return [own, repositoryScope(from, ["pull"])];
}

function actionsFor({ right }: RouteMatch): readonly string[] {
  return right === "push" ? ["pull", "push"] : [right];
}

function repositoryScope(name: string, actions: readonly string[]): Scope {
  return { type: "repository", name, actions };
}
