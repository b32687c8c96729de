export const BASE_ROLES = ["root", "targets", "snapshot", "timestamp"] as const;

export type BaseRole = (typeof BASE_ROLES)[number];
export type DelegatedRole = `targets/${string}`;
export type TargetsRole = "targets" | DelegatedRole;
export type Role = BaseRole | DelegatedRole;
/** The roles whose keys the hub may hold. */
export type ServerRole = "snapshot" | "timestamp";

const LONGEST = 255;
/** What people type; it never begins, ends or doubles a slash. */
const DELEGATION = /^targets(?:\/[-a-z0-9_]+)+$/;

export function isDelegation(text: string): text is DelegatedRole {
  return text.length <= LONGEST && DELEGATION.test(text);
}

export function isRole(text: string): text is Role {
  return (BASE_ROLES as readonly string[]).includes(text) || isDelegation(text);
}

export function isTargetsRole(role: Role): role is TargetsRole {
  return role === "targets" || isDelegation(role);
}

export function isServerRole(role: string): role is ServerRole {
  return role === "snapshot" || role === "timestamp";
}

/** `targets/a` of `targets/a/b`, and `targets` of `targets/a`. */
export function parentOf(role: DelegatedRole): TargetsRole {
  return role.slice(0, role.lastIndexOf("/")) as TargetsRole;
}

/** How far below `targets` it lies. */
export function depthOf(role: TargetsRole): number {
  return role.split("/").length - 1;
}
