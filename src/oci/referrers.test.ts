import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Digest, parseDigest } from "./digest.ts";
import {
  countFitting,
  fallbackTag,
  type ReferrerDescriptor,
  toReferrersIndex,
} from "./referrers.ts";
import { isTag } from "./tag.ts";

const LIMIT = 4 * 1024 * 1024;

describe("a page of referrers", () => {
  test("is an OCI index of the entries as they are", () => {
    const entries = [referrer({ artifactType: "text/plain" }), referrer({})];
    expect(toReferrersIndex(entries)).toEqual({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: entries,
    });
    expect(toReferrersIndex([]).manifests).toEqual([]);
  });

  test("takes all entries that a client can read in one document", () => {
    const entries = Array.from({ length: 100 }, () => referrer({ annotations: { a: "b" } }));
    expect(countFitting(entries)).toBe(100);
    expect(countFitting([])).toBe(0);
  });

  test("ends before it is larger than what clients read, counted in bytes", () => {
    const entry = referrer({ annotations: { whale: "🐳".repeat(50_000) } });
    const entries = Array.from({ length: 100 }, () => entry);
    const count = countFitting(entries);
    expect(sizeOf(entries.slice(0, count))).toBeLessThanOrEqual(LIMIT);
    expect(sizeOf(entries.slice(0, count + 1))).toBeGreaterThan(LIMIT - 1024);
  });

  test("goes on, even when one entry alone is as large as a manifest can be", () => {
    const large = referrer({ annotations: { a: "b".repeat(LIMIT) } });
    expect(countFitting([large, referrer({})])).toBe(1);
  });

  test("never loses an entry and never exceeds the limit, whatever the sizes", () => {
    const sizes = fc.array(fc.nat({ max: 1_500_000 }), { maxLength: 12 });
    fc.assert(
      fc.property(sizes, (lengths) => {
        let rest = lengths.map((length) => referrer({ annotations: { a: "b".repeat(length) } }));
        let taken = 0;
        while (rest.length > 0) {
          const count = countFitting(rest);
          expect(count).toBeGreaterThan(0);
          expect(sizeOf(rest.slice(0, count))).toBeLessThanOrEqual(LIMIT);
          taken += count;
          rest = rest.slice(count);
        }
        expect(taken).toBe(lengths.length);
      }),
      { numRuns: 30 },
    );
  });
});

describe("the fallback tag of a subject", () => {
  test("is the algorithm and at most 64 characters of the rest", () => {
    expect(fallbackTag(digest("sha256"))).toBe(digest("sha256").replace(":", "-"));
    expect(fallbackTag(digest("sha512"))).toBe(`sha512-${digest("sha512").slice(7, 71)}`);
  });

  test("is a tag", () => {
    expect([digest("sha256"), digest("sha512")].map(fallbackTag).every(isTag)).toBe(true);
  });
});

function referrer(extra: Partial<ReferrerDescriptor>): ReferrerDescriptor {
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  return { mediaType, digest: digest("sha256"), size: 7, ...extra };
}

function digest(algorithm: "sha256" | "sha512"): Digest {
  return parseDigest(`${algorithm}:${createHash(algorithm).update("subject").digest("hex")}`);
}

function sizeOf(entries: readonly ReferrerDescriptor[]): number {
  return Buffer.byteLength(JSON.stringify(toReferrersIndex(entries)));
}
