import type { Principal, RepositoryAction, RepositoryRights } from "../access/index.ts";
import { repositoryOfGun } from "../oci/gun.ts";
import { isRepositoryName, type RepositoryName } from "../oci/name.ts";
import type { Scope } from "../oci/scope.ts";
import { isAction } from "./access-tokens.ts";

const ANY_ACTION = "*";
/** What docker asks for before it searches. */
const SEARCH = "search";

interface TokenScopes {
  readonly scopes: readonly Scope[];
  /** By which the client reaches the hub: what is signed is named with them. */
  readonly hosts: readonly string[];
}

/** What of the wish a principal has. What is missing is not refused: the client learns from the answer what it got. */
export async function grant(
  rights: RepositoryRights,
  principal: Principal,
  { scopes, hosts }: TokenScopes,
): Promise<readonly Scope[]> {
  const granted = await Promise.all(
    scopes.map(async (scope) => {
      if (scope.type === "repository")
        return await grantRepository({ rights, principal, hosts }, scope);
      return scope.type === "registry" ? grantCatalog(scope) : undefined;
    }),
  );
  return granted.filter((scope) => scope !== undefined);
}

interface Grantor {
  readonly rights: RepositoryRights;
  readonly principal: Principal;
  readonly hosts: readonly string[];
}

/**
 * A name may mean a repository, or what is signed in one (its name with a host before it), or both: a token for it holds what
 * either gives, and each door asks for the right that counts there.
 */
async function grantRepository(
  grantor: Grantor,
  { type, name, actions }: Scope,
): Promise<Scope | undefined> {
  const signed = repositoryOfGun(name, grantor.hosts);
  // A pattern is no name: `repository:*:*` asks for nothing.
  const own = isRepositoryName(name) ? await findActions(grantor, name) : [];
  const ofSigned = signed === undefined ? [] : await findActions(grantor, signed);
  const usable = [...new Set([...own, ...ofSigned])].filter(isAction);
  const wantsAny = actions.includes(ANY_ACTION);
  const given: string[] = wantsAny ? usable : usable.filter((action) => actions.includes(action));
  // What Notary's clients call the right to replace keys and to remove everything.
  if (wantsAny && ofSigned.includes("admin")) given.push(ANY_ACTION);
  return given.length === 0 ? undefined : { type, name, actions: given };
}

async function findActions(
  { rights, principal }: Grantor,
  name: RepositoryName,
): Promise<readonly RepositoryAction[]> {
  return [...(await rights.find(principal, name)).actions];
}

/** Everybody may list; what they see there is decided repository by repository. */
function grantCatalog({ type, name, actions }: Scope): Scope | undefined {
  const given = [ANY_ACTION, SEARCH].filter((action) => actions.includes(action));
  return name === "catalog" && given.length > 0 ? { type, name, actions: given } : undefined;
}
