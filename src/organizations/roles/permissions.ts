import type { RepositoryAction } from "../../access/index.ts";
import { PERMISSIONS, type Permission } from "../../contract/roles.ts";
import type { MemberRole } from "../tables.ts";

const ALL = Object.keys(PERMISSIONS) as Permission[];
const READS = ALL.filter((name) => name.endsWith(".read"));
const MEMBER: readonly Permission[] = ["repository.pull", "member.read", "team.read"];

/** From the least to the most: each holds what those before it do. */
export const BUILT_IN: Readonly<
  Record<MemberRole, { readonly description: string; readonly permissions: readonly Permission[] }>
> = {
  member: { description: "pulls everything", permissions: MEMBER },
  contributor: {
    description: "pulls and pushes everything, creates repositories",
    permissions: [...MEMBER, "repository.push", "repository.create"],
  },
  owner: { description: "does everything in the organization", permissions: ALL },
};

/** Of somebody who reads the whole hub. */
export const AUDITOR: readonly Permission[] = ["repository.pull", ...READS];

/** With what a permission is worth nothing without, or holds by itself. */
export function closeOver(permissions: readonly Permission[]): ReadonlySet<Permission> {
  const held = new Set(permissions);
  if (held.has("repository.admin")) held.add("repository.push").add("repository.delete");
  for (const name of ["repository.push", "repository.delete"] as const) {
    if (held.has(name)) held.add("repository.pull");
  }
  for (const name of [...held]) {
    const read = name.replace(/\.manage$/, ".read") as Permission;
    if (read in PERMISSIONS) held.add(read);
  }
  return held;
}

const OF_ACTIONS: Readonly<Record<RepositoryAction, Permission>> = {
  pull: "repository.pull",
  push: "repository.push",
  delete: "repository.delete",
  admin: "repository.admin",
};

/** What the permissions are worth in each repository of the organization. */
export function actionsOf(held: ReadonlySet<Permission>): readonly RepositoryAction[] {
  const actions = Object.keys(OF_ACTIONS) as RepositoryAction[];
  return actions.filter((action) => held.has(OF_ACTIONS[action]));
}

/** What somebody has to hold to give these actions away, who may give the right to create repositories with them. */
export function permissionsFor(
  actions: readonly RepositoryAction[],
  scope: { readonly mayCreate: boolean },
): ReadonlySet<Permission> {
  const held = closeOver(actions.map((action) => OF_ACTIONS[action]));
  const creates = scope.mayCreate && held.has("repository.push");
  return creates ? new Set([...held, "repository.create" as const]) : held;
}

/** The least of the built-in roles that holds it. */
export function leastRoleWith(permission: Permission): MemberRole {
  const roles = Object.keys(BUILT_IN) as MemberRole[];
  return roles.find((role) => BUILT_IN[role].permissions.includes(permission)) ?? "owner";
}
