import { parseListing, parseRoot, parseTargets, type Targets } from "./metadata.ts";
import { isServerRole, isTargetsRole, type Role, type TargetsRole } from "./roles.ts";
import type { RoleKeys } from "./signatures.ts";

export interface DescribedRole extends RoleKeys {
  readonly role: Role;
  readonly version: number;
  readonly expires: Date;
}

export interface DescribedTag {
  readonly tag: string;
  readonly sha256: string | undefined;
  readonly roles: readonly TargetsRole[];
}

/** What is in force under one name, for people: who speaks for what, until when, and what they signed. */
export function describeSigned(files: ReadonlyMap<Role, Buffer>): {
  readonly roles: readonly DescribedRole[];
  readonly tags: readonly DescribedTag[];
} {
  const rootBytes = files.get("root");
  if (rootBytes === undefined) return { roles: [], tags: [] };
  const root = parseRoot(rootBytes);
  const roles: DescribedRole[] = [
    { role: "root", version: root.version, expires: root.expires, ...root.roles.root },
  ];
  for (const [role, bytes] of files) {
    if (!isServerRole(role)) continue;
    const { version, expires } = parseListing(bytes, role);
    roles.push({ role, version, expires, ...root.roles[role] });
  }
  const reached = reachTargets(files, root.roles.targets);
  for (const [role, { file, speakers }] of reached)
    roles.push({ role, version: file.version, expires: file.expires, ...speakers });
  return { roles, tags: listTags(reached) };
}

type Reached = ReadonlyMap<TargetsRole, { readonly file: Targets; readonly speakers: RoleKeys }>;

/** From the top down, so that a delegation that was taken back is not shown. */
function reachTargets(files: ReadonlyMap<Role, Buffer>, top: RoleKeys): Reached {
  const reached = new Map<TargetsRole, { file: Targets; speakers: RoleKeys }>();
  const open: [TargetsRole, RoleKeys][] = [["targets", top]];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const [role, speakers] = next;
    const bytes = files.get(role);
    if (bytes === undefined || !isTargetsRole(role) || reached.has(role)) continue;
    const file = parseTargets(bytes, role);
    reached.set(role, { file, speakers });
    open.push(...file.delegations.map((one): [TargetsRole, RoleKeys] => [one.name, one]));
  }
  return reached;
}

function listTags(reached: Reached): readonly DescribedTag[] {
  const tags = new Map<string, { tag: string; sha256: string | undefined; roles: TargetsRole[] }>();
  for (const [role, { file }] of reached) {
    for (const [tag, { sha256 }] of file.targets) {
      const key = `${tag} ${sha256}`;
      const known = tags.get(key) ?? { tag, sha256, roles: [] };
      known.roles.push(role);
      tags.set(key, known);
    }
  }
  return [...tags.values()].sort((one, other) => (one.tag < other.tag ? -1 : 1));
}
