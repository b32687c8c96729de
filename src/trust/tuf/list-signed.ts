import { ownerOf } from "./keys.ts";
import { MetadataError, parseRoot, parseTargets, type Targets } from "./metadata.ts";
import type { Role, TargetsRole } from "./roles.ts";
import { isSigned, listSigners, type RoleKeys } from "./signatures.ts";

/** A role that names what was asked for, and who of its people signed that. */
export interface SignedBy {
  readonly role: TargetsRole;
  readonly keys: readonly { readonly id: string; readonly name: string | undefined }[];
  /** When its word ends. */
  readonly expires: Date;
}

interface Asked {
  readonly stored: (role: Role) => Buffer | undefined;
  readonly tag: string;
  /** Hex. */
  readonly sha256: string;
  readonly now: Date;
}

/**
 * The roles that say of the tag that it is this very content: `targets`, and whatever it delegates to for this name, signed by
 * the keys that those above name. What has expired says nothing. A delegation that was taken back is never reached.
 */
export function listSigned(asked: Asked): readonly SignedBy[] {
  const bytes = asked.stored("root");
  if (bytes === undefined) return [];
  const root = parseRoot(bytes);
  return root.expires <= asked.now ? [] : walk(asked, "targets", root.roles.targets);
}

function walk(asked: Asked, role: TargetsRole, speakers: RoleKeys): readonly SignedBy[] {
  const file = findBelieved(asked, role, speakers);
  if (file === undefined) return [];
  const below = file.delegations
    .filter(({ paths }) => paths.some((path) => asked.tag.startsWith(path)))
    .flatMap((delegation) => walk(asked, delegation.name, delegation));
  if (file.targets.get(asked.tag)?.sha256 !== asked.sha256) return below;
  const keys = listSigners(file, speakers).map((key) => ({ id: key.id, name: ownerOf(key) }));
  return [{ role, keys, expires: file.expires }, ...below];
}

function findBelieved(
  { stored, now }: Asked,
  role: TargetsRole,
  speakers: RoleKeys,
): Targets | undefined {
  const bytes = stored(role);
  if (bytes === undefined) return undefined;
  try {
    const file = parseTargets(bytes, role);
    return file.expires > now && isSigned(file, speakers) ? file : undefined;
  } catch (error) {
    // It was checked when it came: what cannot be read now is no word of anybody's.
    if (error instanceof MetadataError) return undefined;
    throw error;
  }
}
