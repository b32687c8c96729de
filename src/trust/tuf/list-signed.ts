import { ownerOf } from "./keys.ts";
import { MetadataError, parseRoot, parseTargets, type Root, type Targets } from "./metadata.ts";
import type { Role, TargetsRole } from "./roles.ts";
import { isSigned, listSigners, type RoleKeys } from "./signatures.ts";

/** A role that names what was asked for, and who of its people signed that. */
export interface SignedBy {
  readonly role: TargetsRole;
  readonly keys: readonly { readonly id: string; readonly name: string | undefined }[];
  /** The keys that the root is signed by: who may say whose word counts. */
  readonly rootKeys: readonly string[];
  /** The names under which it is signed. */
  readonly tags: readonly string[];
  /** When its word ends, or that of those who gave it the word. */
  readonly expires: Date;
}

/** By the hash of what is signed, in hex. */
export type SignedContents = ReadonlyMap<string, readonly SignedBy[]>;

type Stored = (role: Role) => Buffer | undefined;

interface Speaker extends RoleKeys {
  readonly role: TargetsRole;
  readonly rootKeys: readonly string[];
  readonly until: Date;
  readonly mayName: (tag: string) => boolean;
}

/**
 * Everything that is signed: by `targets`, and by whatever it delegates to for that name, with the keys that those above name.
 * What has expired says nothing: that is for the reader to look at. A delegation that was taken back is never reached.
 */
export function listSigned(stored: Stored): SignedContents {
  const contents = new Map<string, SignedBy[]>();
  const bytes = stored("root");
  const root = bytes === undefined ? undefined : believe(() => parseRoot(bytes));
  if (root !== undefined) walk(stored, contents, beginAt(root));
  return contents;
}

function beginAt(root: Root): Speaker {
  const rootKeys = listSigners(root, root.roles.root).map(({ id }) => id);
  const { targets } = root.roles;
  return { role: "targets", ...targets, rootKeys, until: root.expires, mayName: () => true };
}

function walk(stored: Stored, contents: Map<string, SignedBy[]>, speaker: Speaker): void {
  const { role, rootKeys, mayName } = speaker;
  const file = findBelieved(stored, speaker);
  if (file === undefined) return;
  const expires = earlier(file.expires, speaker.until);
  const keys = listSigners(file, speaker).map((key) => ({ id: key.id, name: ownerOf(key) }));
  const said = new Map<string, string[]>();
  for (const [tag, { sha256 }] of file.targets) {
    if (sha256 !== undefined && mayName(tag)) getOrAdd(said, sha256).push(tag);
  }
  for (const [sha256, tags] of said) {
    getOrAdd(contents, sha256).push({ role, keys, rootKeys, tags, expires });
  }
  for (const { name, paths, ...below } of file.delegations) {
    const isInPaths = (tag: string) => mayName(tag) && paths.some((path) => tag.startsWith(path));
    walk(stored, contents, { ...below, role: name, rootKeys, until: expires, mayName: isInPaths });
  }
}

function earlier(one: Date, other: Date): Date {
  return new Date(Math.min(one.getTime(), other.getTime()));
}

function getOrAdd<Item>(lists: Map<string, Item[]>, key: string): Item[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

function findBelieved(stored: Stored, { role, ...speakers }: Speaker): Targets | undefined {
  const bytes = stored(role);
  if (bytes === undefined) return undefined;
  const file = believe(() => parseTargets(bytes, role));
  return file !== undefined && isSigned(file, speakers) ? file : undefined;
}

/** It was checked when it came: what cannot be read now is no word of anybody's. */
function believe<File>(read: () => File): File | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MetadataError) return undefined;
    throw error;
  }
}
