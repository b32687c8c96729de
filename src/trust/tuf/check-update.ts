import { fitsMeta, toFileMeta } from "./file-meta.ts";
import { type MadeFile, makeListing } from "./make-listing.ts";
import {
  type Listing,
  MetadataError,
  parseListing,
  parseRoot,
  parseTargets,
  type Root,
  type Targets,
} from "./metadata.ts";
import {
  depthOf,
  isDelegation,
  isTargetsRole,
  parentOf,
  type Role,
  type TargetsRole,
} from "./roles.ts";
import { assertRoot } from "./root-rules.ts";
import { isSigned, type RoleKeys, type SigningKey } from "./signatures.ts";
import { UpdateRefused } from "./update-refused.ts";

export interface Update {
  readonly gun: string;
  /** What came, by role; a timestamp among it is passed over. */
  readonly files: ReadonlyMap<Role, Buffer>;
  /** What is in force. Throws where that cannot be read. */
  readonly stored: (role: Role) => Buffer | undefined;
  /** Keys that the hub holds for this name, by their ids. */
  readonly held: ReadonlyMap<string, SigningKey>;
  readonly now: Date;
}

export interface CheckedFile extends MadeFile {
  readonly role: Role;
}

/**
 * What an update comes to: the files to be stored, with those that the hub signs itself. The order of the checks is the one
 * of the reference server, since clients show the first refusal. Throws {@link UpdateRefused}; and {@link MetadataError}
 * where what is stored cannot be read, which no update can mend.
 */
export function checkUpdate(update: Update): readonly CheckedFile[] {
  const { files } = update;
  const before = findStored(update, "root", parseRoot);
  const root = checkRoot(update, before);
  const targets = checkTargets(update, root);
  const kept: CheckedFile[] = [];
  if (files.has("root")) kept.push({ role: "root", ...root });
  for (const [role, file] of targets) if (files.has(role)) kept.push({ role, ...file });
  const snapshot = checkSnapshot(update, root, kept);
  const timestamp = makeTimestamp(update, root, snapshot);
  return [...kept, snapshot, timestamp].map(({ role, version, bytes }) => ({
    role,
    version,
    bytes,
  }));
}

function findStored<T>(update: Update, role: Role, parse: (bytes: Buffer) => T): T | undefined {
  const bytes = update.stored(role);
  return bytes && parse(bytes);
}

function checkRoot({ files, gun, now }: Update, previous: Root | undefined): Root {
  const bytes = files.get("root");
  if (bytes === undefined) {
    if (previous !== undefined) return previous;
    throw new UpdateRefused(
      "ErrValidation",
      "no pre-existing root and no root provided in update.",
    );
  }
  return refuseAs("ErrBadRoot", () => {
    const root = parseRoot(bytes);
    const current = previous?.version ?? 0;
    if (root.version !== current && root.version !== current + 1)
      throw new MetadataError(
        `Root modifications must increment the version. Current ${current}, new ${root.version}`,
      );
    assertRoot(root, { gun, previous, now });
    return root;
  });
}

type LoadedTargets = ReadonlyMap<TargetsRole, Targets>;

/** Shallow ones first, so that each finds its parent, from the update or as it is stored. */
function checkTargets(update: Update, root: Root): LoadedTargets {
  const loaded = new Map<TargetsRole, Targets>();
  const roles = [...update.files.keys()].filter(isTargetsRole);
  for (const role of roles.sort(byDepth)) {
    loadAncestors(update, role, loaded);
    const file = refuseAs("ErrBadTargets", () => loadTargets(update, root, { role, loaded }));
    loaded.set(role, file);
  }
  return loaded;
}

function byDepth(one: TargetsRole, other: TargetsRole): number {
  return depthOf(one) - depthOf(other) || (one < other ? -1 : 1);
}

/** Those that are stored, expired or not; what is missing shows when its child is looked at. */
function loadAncestors(update: Update, role: TargetsRole, loaded: Map<TargetsRole, Targets>): void {
  for (let child = role; isDelegation(child); child = parentOf(child)) {
    const parent = parentOf(child);
    if (loaded.has(parent) || update.files.has(parent)) continue;
    const stored = findStored(update, parent, (bytes) => parseTargets(bytes, parent));
    if (stored !== undefined) loaded.set(parent, stored);
  }
}

function loadTargets(
  { files, now }: Update,
  root: Root,
  { role, loaded }: { role: TargetsRole; loaded: LoadedTargets },
): Targets {
  const file = parseTargets(files.get(role) ?? Buffer.of(), role);
  const speakers = role === "targets" ? root.roles.targets : findDelegation(role, loaded);
  if (speakers === undefined) throw new MetadataError(`nothing delegates to ${role}`);
  assertSpokenBy(role, file, { speakers, now });
  return file;
}

function findDelegation(role: TargetsRole, loaded: LoadedTargets): RoleKeys | undefined {
  if (!isDelegation(role)) return undefined;
  return loaded.get(parentOf(role))?.delegations.find(({ name }) => name === role);
}

function assertSpokenBy(
  role: Role,
  file: Listing | Targets,
  { speakers, now }: { speakers: RoleKeys; now: Date },
): void {
  if (!isSigned(file, speakers))
    throw new MetadataError(`${role} is not signed by its keys, or by too few of them`);
  if (file.expires <= now) throw new MetadataError(`${role} has expired`);
}

function checkSnapshot(update: Update, root: Root, changed: readonly CheckedFile[]): CheckedFile {
  const bytes = update.files.get("snapshot");
  if (bytes === undefined) return makeSnapshot(update, root, changed);
  return refuseAs("ErrBadSnapshot", () => {
    const file = parseListing(bytes, "snapshot");
    assertSpokenBy("snapshot", file, { speakers: root.roles.snapshot, now: update.now });
    for (const role of ["root", "targets"] as const)
      if (!file.meta.has(role)) throw new MetadataError(`the snapshot does not name ${role}`);
    for (const [role, content] of listInForce(update, changed))
      if (!fitsMeta(content, file.meta.get(role)))
        throw new MetadataError(`the snapshot speaks of another ${role} than there is`);
    return { role: "snapshot", ...file };
  });
}

/** What the snapshot has to be about: what came, and what stays as it is. */
function listInForce(
  { stored }: Update,
  changed: readonly CheckedFile[],
): ReadonlyMap<Role, Buffer> {
  const inForce = new Map<Role, Buffer>();
  for (const role of ["root", "targets"] as const) {
    const bytes = stored(role);
    if (bytes !== undefined) inForce.set(role, bytes);
  }
  for (const { role, bytes } of changed) inForce.set(role, bytes);
  return inForce;
}

function makeSnapshot(update: Update, root: Root, changed: readonly CheckedFile[]): CheckedFile {
  const previous = findStored(update, "snapshot", (bytes) => parseListing(bytes, "snapshot"));
  const inForce = listInForce(update, changed);
  if (!inForce.has("targets"))
    throw new UpdateRefused("ErrValidation", "there are no targets yet, and none came with it");
  const meta = new Map(previous?.meta);
  for (const [role, bytes] of inForce) meta.set(role, toFileMeta(bytes));
  const speakers = root.roles.snapshot;
  const made = makeListing({ role: "snapshot", meta, previous, speakers, ...update });
  if (made !== undefined) return { role: "snapshot", ...made };
  throw new UpdateRefused(
    "ErrBadHierarchy",
    "no snapshot was included in update and server does not hold current snapshot key for repository",
    { missing: "snapshot" },
  );
}

function makeTimestamp(update: Update, root: Root, snapshot: CheckedFile): CheckedFile {
  const previous = findStored(update, "timestamp", (bytes) => parseListing(bytes, "timestamp"));
  const meta = [["snapshot", toFileMeta(snapshot.bytes)] as const];
  const speakers = root.roles.timestamp;
  const made = makeListing({ role: "timestamp", meta, previous, speakers, ...update });
  if (made !== undefined) return { role: "timestamp", ...made };
  throw new UpdateRefused("ErrBadRoot", "no timestamp keys exist on the server");
}

function refuseAs<T>(name: UpdateRefused["fault"], work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof MetadataError)) throw cause;
    throw new UpdateRefused(name, cause.message, { cause });
  }
}
