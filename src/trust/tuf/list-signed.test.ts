import { expect, test } from "vitest";
import { listSigned } from "./list-signed.ts";
import { makeKey, NOW, Repository, sign } from "./tuf.fixture.ts";

const DIGEST = "ab".repeat(32);
const TARGET = { length: 3, hashes: { sha256: Buffer.from(DIGEST, "hex").toString("base64") } };
const LATER = "2030-01-01T00:00:00Z";

function makeSigned() {
  const repository = new Repository();
  const bob = makeKey();
  repository.targets.targets = { direct: TARGET };
  repository.addDelegation("targets/bob", bob);
  const words = { _type: "Targets", version: 1, expires: LATER, targets: { "v1.0": TARGET } };
  const files: Record<string, Buffer> = {
    ...repository.signAll(),
    "targets/bob": sign(words, bob),
  };
  const ask = (tag: string, sha256 = DIGEST, now = NOW) =>
    (listSigned((role) => files[role]).get(sha256) ?? [])
      .filter(({ tags, expires }) => tags.includes(tag) && expires > now)
      .map(({ role, keys }) => [role, keys.map(({ id }) => id)]);
  return { repository, bob, words, files, ask };
}

test("a tag is signed by the roles that name its very content, and by the keys that spoke for them", () => {
  const { repository, bob, ask } = makeSigned();
  expect(ask("direct")).toEqual([["targets", [repository.keys.targets.key.id]]]);
  expect(ask("v1.0")).toEqual([["targets/bob", [bob.key.id]]]);
  expect(ask("v1.0", "cd".repeat(32))).toEqual([]);
  expect(ask("other")).toEqual([]);
});

test("a delegation says nothing beyond its paths, once it is taken back, or when another signed for it", () => {
  const { repository, words, files, ask } = makeSigned();
  const [bob] = repository.targets.delegations?.roles ?? [];
  if (bob === undefined) throw new Error("there is no delegation");
  bob.paths = ["v2"];
  files.targets = repository.signTargets();
  expect(ask("v1.0")).toEqual([]);
  bob.paths = ["v1"];
  files.targets = repository.signTargets();
  expect(ask("v1.0")).toHaveLength(1);
  files["targets/bob"] = sign(words, makeKey());
  expect(ask("v1.0")).toEqual([]);
  files["targets/bob"] = Buffer.from("rot");
  expect(ask("v1.0")).toEqual([]);
  repository.targets.delegations = { keys: {}, roles: [] };
  files.targets = repository.signTargets();
  expect(ask("v1.0")).toEqual([]);
  expect(ask("direct")).toHaveLength(1);
});

test("what has expired, from the root down, signs nothing any more", () => {
  const { bob, words, files, ask } = makeSigned();
  expect(ask("direct", DIGEST, new Date("2031-01-01"))).toEqual([]);
  files["targets/bob"] = sign({ ...words, expires: "2026-01-01T00:00:00Z" }, bob);
  expect(ask("v1.0")).toEqual([]);
  delete files.root;
  expect(ask("direct")).toEqual([]);
});
