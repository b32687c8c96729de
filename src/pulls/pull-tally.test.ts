import { expect, test } from "vitest";
import { ANONYMOUS, type Principal } from "../access/index.ts";
import type { Digest } from "../oci/digest.ts";
import type { RepositoryName } from "../oci/name.ts";
import type { Tag } from "../oci/tag.ts";
import type { ManifestPull, ServedManifest } from "../registry/index.ts";
import { PullTally } from "./pull-tally.ts";

const ALICE: Principal = { kind: "user", name: "alice", accountId: 1 };

function manifest(letter: string): ServedManifest {
  return {
    digest: `sha256:${letter.repeat(64)}` as Digest,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    payload: Buffer.alloc(10),
  };
}

const IMAGE = manifest("a");

function pull(change: Partial<ManifestPull> & { readonly from?: string } = {}): ManifestPull {
  const { from = "192.0.2.1", ...rest } = change;
  return {
    repository: "acme/api" as RepositoryName,
    tag: "1" as Tag,
    manifest: IMAGE,
    kind: "pull",
    principal: ANONYMOUS,
    origin: { address: from, client: "docker" },
    ...rest,
  };
}

test("equal pulls are one count; another address, account, tag or image is another", () => {
  const tally = new PullTally();
  const others = [
    { from: "192.0.2.2" },
    { principal: ALICE },
    { tag: undefined },
    { manifest: manifest("b") },
  ];
  for (let turn = 0; turn < 3; turn += 1) {
    tally.add(pull());
    tally.add(pull({ kind: "check" }));
    for (const other of others) tally.add(pull(other));
  }
  const { counts, lost } = tally.take();
  expect(lost).toBe(0);
  expect(counts.map(({ pulls, checks }) => [pulls, checks]).toSorted()).toEqual([
    [3, 0],
    [3, 0],
    [3, 0],
    [3, 0],
    [3, 3],
  ]);
  expect(tally.take().counts).toEqual([]);
});

test("a flood of addresses is counted without telling them apart", () => {
  const tally = new PullTally();
  for (let number = 0; number < 50_000; number += 1) tally.add(pull({ from: `host ${number}` }));
  const { counts, lost } = tally.take();
  expect(counts.length).toBeLessThan(10_010);
  expect(counts.reduce((sum, { pulls }) => sum + pulls, 0) + lost).toBe(50_000);
  expect(lost).toBe(0);
  expect(counts.find(({ origin }) => origin.address === "")?.pulls).toBeGreaterThan(39_000);
});

test("what cannot even be counted so is said to be lost", () => {
  const tally = new PullTally();
  for (let number = 0; number < 25_000; number += 1)
    tally.add(pull({ tag: `t${number}` as Tag, manifest: manifest("c") }));
  const { counts, lost } = tally.take();
  expect([counts.length, lost]).toEqual([20_000, 5000]);
});

test("what was given back is counted with what came meanwhile, and single pulls stay in order", () => {
  const tally = new PullTally();
  tally.add(pull());
  tally.keep(pull({ from: "first" }));
  const taken = tally.take();
  tally.add(pull());
  tally.keep(pull({ from: "second" }));
  tally.giveBack(taken);
  const { counts, single } = tally.take();
  expect(counts.map(({ pulls }) => pulls)).toEqual([2]);
  expect(single.map(({ origin }) => origin.address)).toEqual(["first", "second"]);
});

test("of single pulls a bounded number is kept", () => {
  const tally = new PullTally();
  for (let number = 0; number < 10_005; number += 1) tally.keep(pull());
  const { single, lost } = tally.take();
  expect([single.length, lost]).toEqual([10_000, 5]);
});
