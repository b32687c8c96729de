import { expect, test } from "vitest";
import {
  asRole,
  asWords,
  makeKey,
  NOW,
  Repository,
  refusalOf,
  sign,
  update,
  wordsOf,
} from "./tuf.fixture.ts";

// The cases of the reference server's own validation tests about delegations, under their names.

function start() {
  const repository = new Repository();
  const { keys } = repository;
  return { repository, keys, files: repository.signAll(), held: [keys.timestamp] };
}

function delegate(name = "targets/level1") {
  const started = start();
  const key = makeKey();
  const bare = started.files.targets;
  started.repository.addDelegation(name, key);
  const level = sign(
    { _type: "Targets", version: 1, expires: "2030-01-01T00:00:00Z", targets: {} },
    key,
  );
  const targets = started.repository.signTargets();
  const held = [started.keys.timestamp, started.keys.snapshot];
  return { ...started, held, bare, targets, level, root: started.files.root };
}

test("TargetsRequiresStoredParent: a delegation finds its parent where it is stored", () => {
  const { root, targets, level, held } = delegate();
  expect(refusalOf(() => update({ "targets/level1": level }, { held, stored: { root } }))).toBe(
    "ErrBadTargets: nothing delegates to targets/level1",
  );
  const made = update({ "targets/level1": level }, { held, stored: { root, targets } });
  expect([...made.keys()]).toEqual(["targets/level1", "snapshot", "timestamp"]);
  expect(Object.keys(wordsOf(made.get("snapshot")?.bytes).meta ?? {})).toContain("targets/level1");
});

test("TargetsParentInUpdate: the parent of the same update counts, and has to be right", () => {
  const { root, targets, level, held } = delegate();
  const invalid = Buffer.from("Invalid metadata");
  const stored = { root };
  expect(
    refusalOf(() => update({ "targets/level1": level, targets: invalid }, { held, stored })),
  ).toMatch(/^ErrBadTargets/);
  const made = update({ "targets/level1": level, targets }, { held, stored });
  expect([...made.keys()].slice(0, 2)).toEqual(["targets", "targets/level1"]);
});

test("TargetsRoleNotInParent: neither the parent of the update nor the stored one knows of it", () => {
  const { root, bare, level, held } = delegate();
  for (const stored of [{ root }, { root, targets: bare }])
    expect(
      refusalOf(() => update({ "targets/level1": level, targets: bare }, { held, stored })),
    ).toMatch(/^ErrBadTargets/);
  expect(
    refusalOf(() => update({ "targets/level1": level }, { held, stored: { root, targets: bare } })),
  ).toMatch(/^ErrBadTargets/);
});

test("a delegation is signed by its own keys and no others, and speaks for its own children alone", () => {
  const { repository, root, targets, held } = delegate();
  const words = { _type: "Targets", version: 1, expires: "2030-01-01T00:00:00Z", targets: {} };
  const forged = sign(words, repository.keys.targets);
  const stored = { root, targets };
  expect(refusalOf(() => update({ "targets/level1": forged }, { held, stored }))).toMatch(
    /^ErrBadTargets: .* not signed/,
  );
  const stranger = new Repository();
  stranger.addDelegation("targets/a/b", makeKey());
  expect(refusalOf(() => update(stranger.signAll(), { held: [stranger.keys.timestamp] }))).toMatch(
    /^ErrBadTargets: targets cannot delegate/,
  );
});

test("a role is delegated to once: repetitions would double what readers do on each level", () => {
  const twice = new Repository();
  for (const key of [makeKey(), makeKey()]) twice.addDelegation("targets/level1", key);
  expect(refusalOf(() => update(twice.signAll(), { held: [twice.keys.timestamp] }))).toMatch(
    /^ErrBadTargets: targets delegates twice/,
  );
});

test("a key that does not fit its id, and one that is listed and missing, are refused", () => {
  const { repository, held, keys } = start();
  const other = makeKey();
  Object.assign(repository.root.keys ?? {}, {
    [keys.targets.key.id]: Object.values(asWords(other))[0],
  });
  expect(refusalOf(() => update(repository.signAll(), { held }))).toMatch(/^ErrBadRoot: a key is/);
  const missing = new Repository();
  missing.root.roles = { ...missing.root.roles, targets: asRole(other) };
  expect(refusalOf(() => update(missing.signAll(), { held }))).toMatch(/is missing/);
});

test("a snapshot that is expired or leaves a file out is refused", () => {
  const { repository, files, held } = start();
  const { root, targets } = files;
  const lacking = repository.signSnapshot({ root });
  expect(refusalOf(() => update({ root, targets, snapshot: lacking }, { held }))).toMatch(
    /^ErrBadSnapshot: the snapshot does not name targets/,
  );
  const words = { ...wordsOf(files.snapshot), expires: NOW.toISOString() };
  const expired = sign(words, repository.keys.snapshot);
  expect(refusalOf(() => update({ root, targets, snapshot: expired }, { held }))).toBe(
    "ErrBadSnapshot: snapshot has expired",
  );
});
