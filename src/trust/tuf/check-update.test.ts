import { expect, test } from "vitest";
import { BASE_ROLES } from "./roles.ts";
import {
  asWords,
  GUN,
  makeKey,
  makeRootKey,
  Repository,
  refusalOf,
  sign,
  update,
  wordsOf,
} from "./tuf.fixture.ts";

// The cases of the reference server's own validation tests, under their names.

function start() {
  const repository = new Repository();
  const { keys } = repository;
  return { repository, keys, files: repository.signAll(), held: [keys.timestamp] };
}

test("EmptyNew: everything comes from the update but the timestamp", () => {
  const { files, held } = start();
  const stored = update(files, { held });
  expect([...stored.keys()]).toEqual(["root", "targets", "snapshot", "timestamp"]);
  for (const role of ["root", "targets", "snapshot"] as const)
    expect(stored.get(role)?.bytes).toBe(files[role]);
  expect(stored.get("timestamp")?.bytes).not.toEqual(files.timestamp);
});

test("RootCanContainOnlyx509KeysWithRightGun", () => {
  const wrong = new Repository(makeRootKey("wrong/gun"));
  const held = [wrong.keys.timestamp];
  expect(refusalOf(() => update(wrong.signAll(), { held }))).toMatch(
    /^ErrBadRoot: .* is for "wrong\/gun"/,
  );
  const plain = new Repository(makeKey("ecdsa"));
  expect(refusalOf(() => update(plain.signAll(), { held: [plain.keys.timestamp] }))).toMatch(
    /^ErrBadRoot: .* has no certificate/,
  );
  const both = new Repository();
  const extra = makeKey();
  Object.assign(both.root.keys ?? {}, asWords(extra));
  both.roleOf("root").keyids.push(extra.key.id);
  expect(refusalOf(() => update(both.signAll(), { held: [both.keys.timestamp] }))).toMatch(
    /^ErrBadRoot/,
  );
});

test("a root's certificate may be for all names that begin alike, and is refused when it is over, weak or an authority", () => {
  const wide = new Repository(makeRootKey("docker.com/*"));
  expect(update(wide.signAll(), { held: [wide.keys.timestamp] }).size).toBe(4);
  const authority = new Repository(
    makeRootKey(GUN, ["-days", "3650", "-addext", "basicConstraints=critical,CA:TRUE"]),
  );
  const { files, held } = start();
  const later = new Date("2040-01-01");
  expect(refusalOf(() => update(files, { held, now: later }))).toMatch(/^ErrBadRoot: .*expired/);
  expect(
    refusalOf(() => update(authority.signAll(), { held: [authority.keys.timestamp] })),
  ).toMatch(/^ErrBadRoot: .*is one of an authority/);
  const short = new Repository(makeRootKey(GUN, ["-days", "1"]));
  expect(
    refusalOf(() =>
      update(short.signAll(), {
        held: [short.keys.timestamp],
        now: new Date(Date.now() + 9 * 86_400_000),
      }),
    ),
  ).toMatch(/^ErrBadRoot: .*has expired/);
  const broken = new Repository(makeRootKey(GUN, ["-days", "3650", "-sha1"]));
  expect(refusalOf(() => update(broken.signAll(), { held: [broken.keys.timestamp] }))).toMatch(
    /^ErrBadRoot: .*broken hash/,
  );
});

test("PrevTimestamp: the next one counts on", () => {
  const { repository, files, held } = start();
  const stored = { timestamp: repository.signTimestamp(files.snapshot, 7) };
  const made = update(files, { held, stored });
  expect(made.get("timestamp")?.version).toBe(8);
});

test.each([
  ["PreviousTimestampCorrupt", "timestamp"],
  ["OldRootCorrupt", "root"],
] as const)("%s: what is stored cannot be read, which no update mends", (_name, role) => {
  const { files, held } = start();
  const stored = { [role]: files[role].subarray(1) };
  expect(refusalOf(() => update(files, { held, stored }))).toMatch(/^MetadataError/);
});

test("OldRootCorruptRootRole: after a root without its role nobody knows who may follow it", () => {
  const { repository, files, held } = start();
  const { root: _none, ...roles } = repository.root.roles ?? {};
  const stored = { root: sign({ ...repository.root, roles }, repository.keys.root) };
  expect(refusalOf(() => update(files, { held, stored }))).toMatch(/^MetadataError/);
});

test.each(["timestamp", "root", "snapshot"])(
  "GetCurrentTimestampBroken, RootGetCurrentRootBroken, SnapshotGenerateStoreGetCurrentSnapshotBroken: %s",
  (broken) => {
    const { files, held, keys } = start();
    const find = (role: string) => {
      if (role === broken) throw new Error("the store is broken");
      return undefined;
    };
    const { snapshot: _none, ...rest } = files;
    expect(refusalOf(() => update(rest, { held: [...held, keys.snapshot], find }))).toBe(
      "Error: the store is broken",
    );
  },
);

test("NoNewRoot, NoNewTargets, OnlySnapshot: what does not come stays as it is stored", () => {
  const { files, held } = start();
  const { root, targets, snapshot, timestamp } = files;
  expect(update({ targets, snapshot, timestamp }, { held, stored: { root } }).size).toBe(3);
  expect(update({ root, snapshot, timestamp }, { held, stored: { targets } }).size).toBe(3);
  expect(update({ snapshot }, { held, stored: { root, targets } }).size).toBe(2);
});

test("OldRoot: the stored root may come again", () => {
  const { files, held } = start();
  expect(update(files, { held, stored: { root: files.root } }).size).toBe(4);
});

test("RootRotationWithOldSigs: only the keys of the root just before count", () => {
  const { repository, keys, files, held } = start();
  const second = makeRootKey();
  repository.rotateRoot(second);
  const rotated = repository.signRoot(keys.root, second);
  const next = (root: Buffer, stored: Record<string, Buffer>) => {
    repository.snapshotVersion += 1;
    const { targets } = files;
    const snapshot = repository.signSnapshot({ root, targets });
    update({ root, snapshot }, { held, stored });
    return { ...stored, root, snapshot };
  };
  const afterSecond = next(rotated, files);
  repository.root.version += 1;
  const afterThird = next(repository.signRoot(second), afterSecond);
  const last = makeRootKey();
  repository.rotateRoot(last);
  next(repository.signRoot(second, last), afterThird);
  expect(refusalOf(() => next(repository.signRoot(keys.root, last), afterThird))).toMatch(
    /^ErrBadRoot: could not rotate trust to a new trusted root/,
  );
});

test("RootRotationMultipleKeysThreshold1: any key that was enough before is enough for the rotation", () => {
  const { repository, keys, held } = start();
  const additional = makeRootKey();
  Object.assign(repository.root.keys ?? {}, asWords(additional));
  repository.roleOf("root").keyids.push(additional.key.id);
  const stored = repository.signAll();
  const last = makeRootKey();
  repository.rotateRoot(last);
  repository.snapshotVersion = 2;
  const root = repository.signRoot(additional, last);
  const snapshot = repository.signSnapshot({ root, targets: stored.targets });
  expect(update({ root, snapshot }, { held, stored }).size).toBe(3);
  expect(keys.root.key.id).not.toBe(additional.key.id);
});

test("RootRotationNotSignedWithOldKeysForOldRole: two of two have to agree to the rotation", () => {
  const { repository, held } = start();
  const pair = [makeRootKey(), makeRootKey()];
  Object.assign(repository.root.keys ?? {}, ...pair.map(asWords));
  repository.roleOf("root").keyids = pair.map(({ key }) => key.id);
  repository.roleOf("root").threshold = 2;
  const root = repository.signRoot(...pair);
  const targets = repository.signTargets();
  const stored = { root, targets, snapshot: repository.signSnapshot({ root, targets }) };
  const last = makeRootKey();
  repository.rotateRoot(last);
  repository.roleOf("root").threshold = 1;
  const [one = last, other = last] = pair;
  const attempt = (...signers: readonly (typeof last)[]) => {
    const next = repository.signRoot(...signers);
    const snapshot = repository.signSnapshot({ root: next, targets });
    return () => update({ root: next, snapshot }, { held, stored });
  };
  expect(refusalOf(attempt(one, last))).toContain("could not rotate trust to a new trusted root");
  expect(refusalOf(attempt(one, one, last))).toContain("could not rotate trust");
  expect(attempt(one, other, last)().size).toBe(3);
});

test("RootRotationVersionIncrement: a root follows its predecessor by one", () => {
  const { repository, files, held } = start();
  repository.root.version = 3;
  expect(refusalOf(() => update(repository.signAll(), { held, stored: files }))).toBe(
    "ErrBadRoot: Root modifications must increment the version. Current 1, new 3",
  );
  expect(refusalOf(() => update(repository.signAll(), { held }))).toMatch(/^ErrBadRoot/);
});

test("NoRoot", () => {
  const { files, held } = start();
  const { root: _none, ...rest } = files;
  expect(refusalOf(() => update(rest, { held }))).toBe(
    "ErrValidation: no pre-existing root and no root provided in update.",
  );
});

test("SnapshotMissingNoSnapshotKey, GenerateSnapshotNoKey", () => {
  const { files, held } = start();
  const { root, targets } = files;
  expect(refusalOf(() => update({ root, targets }, { held }))).toBe(
    "ErrBadHierarchy: no snapshot was included in update and server does not hold current snapshot key for repository",
  );
});

test("SnapshotGenerateNoPrev, SnapshotGenerateWithPrev, SnapshotGenerate: the hub signs it, and counts on", () => {
  const { files, keys } = start();
  const { root, targets, snapshot } = files;
  const held = [keys.timestamp, keys.snapshot];
  const first = update({ root, targets }, { held });
  expect(first.get("snapshot")?.version).toBe(1);
  expect(Object.keys(wordsOf(first.get("snapshot")?.bytes).meta ?? {})).toEqual([
    "root",
    "targets",
  ]);
  expect(update({ root, targets }, { held, stored: { snapshot } }).get("snapshot")?.version).toBe(
    2,
  );
  expect(update({ targets }, { held, stored: { root } }).size).toBe(3);
});

test("an update without a file signs the snapshot and the timestamp anew", () => {
  const { files, keys } = start();
  const made = update({}, { held: [keys.timestamp, keys.snapshot], stored: files });
  expect([...made].map(([role, { version }]) => [role, version])).toEqual([
    ["snapshot", 2],
    ["timestamp", 2],
  ]);
});

test("SnapshotGeneratePrevCorrupt", () => {
  const { files, keys } = start();
  const { root, targets, snapshot } = files;
  const held = [keys.timestamp, keys.snapshot];
  const stored = { snapshot: snapshot.subarray(1) };
  expect(refusalOf(() => update({ root, targets }, { held, stored }))).toMatch(/^MetadataError/);
});

test("SnapshotGenerateNoTargets, GenerateSnapshotRootNotLoaded", () => {
  const { files, keys } = start();
  const held = [keys.timestamp, keys.snapshot];
  expect(refusalOf(() => update({ root: files.root }, { held }))).toMatch(/^ErrValidation/);
  expect(refusalOf(() => update({}, { held }))).toMatch(/^ErrValidation/);
});

test("RootNoTimestampKey, RootInvalidTimestampKey", () => {
  const { files } = start();
  for (const held of [[], [makeKey()]])
    expect(refusalOf(() => update(files, { held }))).toBe(
      "ErrBadRoot: no timestamp keys exist on the server",
    );
});

test("RootInvalidTimestampThreshold", () => {
  const { repository, held } = start();
  const second = makeKey();
  Object.assign(repository.root.keys ?? {}, asWords(second));
  repository.roleOf("timestamp").keyids.push(second.key.id);
  repository.roleOf("timestamp").threshold = 2;
  expect(refusalOf(() => update(repository.signAll(), { held }))).toMatch(/^ErrBadRoot/);
});

test.each(BASE_ROLES)("RootInvalidZeroThreshold: %s", (role) => {
  const { repository, held } = start();
  repository.roleOf(role).threshold = 0;
  expect(refusalOf(() => update(repository.signAll(), { held }))).toContain("invalid threshold");
});

test.each(BASE_ROLES)("RootRoleMissing, TargetsRoleMissing, SnapshotRoleMissing: %s", (role) => {
  const { repository, held } = start();
  delete repository.root.roles?.[role];
  expect(refusalOf(() => update(repository.signAll(), { held }))).toMatch(/^ErrBadRoot/);
});

test.each([
  ["root", "ErrBadRoot"],
  ["targets", "ErrBadTargets"],
  ["snapshot", "ErrBadSnapshot"],
] as const)("RootSigMissing, TargetsSigMissing, SnapshotSigMissing: %s", (role, fault) => {
  const { files, held } = start();
  const unsigned = Buffer.from(JSON.stringify({ signed: wordsOf(files[role]), signatures: null }));
  expect(refusalOf(() => update({ ...files, [role]: unsigned }, { held }))).toMatch(fault);
});

test.each([
  ["root", "ErrBadRoot"],
  ["targets", "ErrBadTargets"],
  ["snapshot", "ErrBadSnapshot"],
] as const)("RootCorrupt, TargetsCorrupt, SnapshotCorrupt, RootModifiedSize: %s", (role, fault) => {
  const { files, held } = start();
  const corrupt = Buffer.from(files[role]);
  corrupt[0] = (corrupt[0] ?? 0) ^ 0xff;
  expect(refusalOf(() => update({ ...files, [role]: corrupt }, { held }))).toMatch(fault);
});

test("TargetsModifiedSize: a second copy of a signature changes the bytes, and these are what counts", () => {
  const { repository, files, held } = start();
  const targets = repository.signTargets(repository.keys.targets, repository.keys.targets);
  expect(refusalOf(() => update({ ...files, targets }, { held }))).toMatch(/^ErrBadSnapshot/);
});

test.each(["root", "targets"] as const)("RootModifiedHash, TargetsModifiedHash: %s", (role) => {
  const { repository, files, held } = start();
  const words = wordsOf(files.snapshot);
  const hashes = words.meta?.[role]?.hashes ?? {};
  hashes.sha256 = Buffer.alloc(32, 7).toString("base64");
  const snapshot = sign(words, repository.keys.snapshot);
  expect(refusalOf(() => update({ ...files, snapshot }, { held }))).toMatch(/^ErrBadSnapshot/);
});

test("LoadTargetsLoadsNothingIfNoUpdates: expired targets that nobody touches are in nobody's way", () => {
  const { repository, keys } = start();
  repository.targets.expires = "2020-01-01T00:00:00Z";
  const stored = repository.signAll();
  const held = [keys.timestamp, keys.snapshot];
  expect(update({}, { held, stored }).size).toBe(2);
  expect(refusalOf(() => update({ targets: stored.targets }, { held, stored }))).toBe(
    "ErrBadTargets: targets has expired",
  );
});
