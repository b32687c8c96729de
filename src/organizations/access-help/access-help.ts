import {
  type Caller,
  describeGranter,
  describeLimit,
  describeRight,
  isMadeFor,
  type Principal,
  type RepositoryAction,
  type Standing,
  type Standings,
} from "../../access/index.ts";
import type { NamespaceName } from "../../namespaces/index.ts";
import { findNamespace } from "../../namespaces/index.ts";
import { isRepositoryName, type RepositoryName } from "../../oci/name.ts";
import type { Database } from "../../platform/db/index.ts";
import type { Authority } from "../authority.ts";
import { listOwnerNames } from "../organizations-store.ts";
import { findSeat } from "../roles/seats.ts";
import type { OrganizationTables } from "../tables.ts";

/** How somebody who may see a repository gets to do more with it. */
export interface AccessHelp {
  readonly repository: RepositoryName;
  /** `absent`: it could be made by a push, which is a right, too. */
  readonly visibility: "public" | "private" | "absent";
  /** Who asks; undefined without a login. */
  readonly account: string | undefined;
  /** What the account may. */
  readonly may: readonly RepositoryAction[];
  /** What the login is limited to beside. */
  readonly limit: string | undefined;
  /** Who can give more, as the subject of a sentence, and some of their names for those who may know them. */
  readonly granter: string;
  readonly granterNames: readonly string[];
  /** What to type for each right that is missing. */
  readonly commands: readonly { readonly right: string; readonly command: string }[];
}

const ACTIONS: readonly RepositoryAction[] = ["pull", "push", "delete", "admin"];
const SCOPES: Readonly<Record<RepositoryAction, string>> = {
  pull: "repo:read",
  push: "repo:write",
  delete: "repo:admin",
  admin: "repo:admin",
};
/** Enough to find somebody who is not on holiday. */
const NAMES = 10;

interface AccessHelpDeps {
  readonly database: Database<OrganizationTables>;
  readonly authority: Pick<Authority, "getRepository">;
  readonly standings: Standings;
}

/** What a refusal's address answers. For those who may not see the repository it is as if it were not there: throws NOT_FOUND. */
export async function findAccessHelp(
  { database, authority, standings }: AccessHelpDeps,
  caller: Caller,
  asked: string,
): Promise<AccessHelp> {
  const { by } = caller;
  const standing =
    (await findAbsent(standings, by, asked)) ??
    (await standings.find(by, (await authority.getRepository(caller, asked, "pull")).name));
  const { repository, exists, isPublic } = standing;
  return {
    repository,
    visibility: exists ? (isPublic ? "public" : "private") : "absent",
    account: by.kind === "anonymous" ? undefined : by.name,
    may: ACTIONS.filter((action) => standing.actions.has(action)),
    limit: by.credential?.permits && describeLimit(by.credential, standing.namedAt),
    granter: describeGranter(standing),
    granterNames: await listNames(database, by, standing),
    commands: ACTIONS.flatMap((action) => commandFor(action, by, standing)),
  };
}

/** Of a name that no repository has, to whoever would see it if there were one. */
async function findAbsent(
  standings: Standings,
  by: Principal,
  asked: string,
): Promise<Standing | undefined> {
  const name = asked.toLowerCase();
  if (!isRepositoryName(name)) return undefined;
  const standing = await standings.find(by, name);
  const { exists, formerName, actions } = standing;
  const sees = actions.has("pull") && isMadeFor(by.credential, { ...standing, action: "pull" });
  return exists || formerName !== undefined || !sees ? undefined : standing;
}

/** Of the owners of an organization, for those who may know its members. */
async function listNames(
  { reader }: Database<OrganizationTables>,
  by: Principal,
  { repository, owner }: Standing,
): Promise<readonly string[]> {
  if (owner === undefined) return [];
  const [first = ""] = repository.split("/", 1);
  const namespace = await findNamespace(reader, first as NamespaceName);
  const seat = namespace && (await findSeat(reader, namespace.id, by));
  if (namespace === undefined || !seat?.permissions.has("member.read")) return [];
  return await listOwnerNames(reader, namespace.id, NAMES);
}

/** What the owner types, or who makes the place that nobody owns yet. */
function grantOf(
  action: RepositoryAction,
  whom: string,
  { repository, exists, isNowhere }: Standing,
): string {
  const [namespace = "", ...rest] = repository.split("/");
  if (isNowhere) return `berth org create ${namespace}`;
  // What does not exist has no rights of its own: a pattern holds for what is to come.
  const place = exists ? `--repository ${repository}` : `--pattern ${rest.join("/")}`;
  return `berth repo grant ${namespace} --account ${whom} ${place} --may ${action}`;
}

/** For a right that is missing: what an owner types, or what makes a login that is limited to more. */
function commandFor(
  action: RepositoryAction,
  { kind, name, credential }: Principal,
  standing: Standing,
): AccessHelp["commands"] {
  const { repository, actions } = standing;
  const [namespace = ""] = repository.split("/", 1);
  const right = describeRight(action);
  if (!actions.has(action)) {
    const whom = kind === "user" ? name : "NAME";
    return [{ right, command: grantOf(action, whom, standing) }];
  }
  if (isMadeFor(credential, { ...standing, action })) return [];
  switch (credential?.kind) {
    case "personal token": {
      const limits = `--scope ${SCOPES[action]} --repository ${repository}`;
      return [{ right, command: `berth token create LABEL ${limits}` }];
    }
    case "robot":
    case "organization token": {
      const allowed = action === "pull" ? "pull" : `pull,${action}`;
      const form = credential.kind === "robot" ? "" : " --organization-token";
      const limits = `--allow ${allowed}:${repository}${form}`;
      return [{ right, command: `berth robot create ${namespace} LABEL ${limits}` }];
    }
    default:
      return [];
  }
}
