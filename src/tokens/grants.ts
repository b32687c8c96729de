import type { Principal, RepositoryRights } from "../access/index.ts";
import { isRepositoryName } from "../oci/name.ts";
import type { Scope } from "../oci/scope.ts";
import { isAction } from "./access-tokens.ts";

const ANY_ACTION = "*";
/** What docker asks for before it searches. */
const SEARCH = "search";

/** What of the wish a principal has. What is missing is not refused: the client learns from the answer what it got. */
export async function grant(
  rights: RepositoryRights,
  principal: Principal,
  wish: readonly Scope[],
): Promise<readonly Scope[]> {
  const granted = await Promise.all(
    wish.map(async (scope) => {
      if (scope.type === "repository") return await grantRepository(rights, principal, scope);
      return scope.type === "registry" ? grantCatalog(scope) : undefined;
    }),
  );
  return granted.filter((scope) => scope !== undefined);
}

async function grantRepository(
  rights: RepositoryRights,
  principal: Principal,
  { type, name, actions }: Scope,
): Promise<Scope | undefined> {
  // A pattern is no name: `repository:*:*` asks for nothing.
  if (!isRepositoryName(name)) return undefined;
  const has = await rights.find(principal, name);
  const usable = [...has.actions].filter(isAction);
  const given = actions.includes(ANY_ACTION)
    ? usable
    : usable.filter((action) => actions.includes(action));
  return given.length === 0 ? undefined : { type, name, actions: given };
}

/** Everybody may list; what they see there is decided repository by repository. */
function grantCatalog({ type, name, actions }: Scope): Scope | undefined {
  const given = [ANY_ACTION, SEARCH].filter((action) => actions.includes(action));
  return name === "catalog" && given.length > 0 ? { type, name, actions: given } : undefined;
}
