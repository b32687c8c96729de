import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digestAlgorithm, digestHex, isDigest, parseDigest } from "./digest.ts";
import { parseReference } from "./reference.ts";
import { refusalOf } from "./refusal.suite.ts";
import { isTag, parseTag } from "./tag.ts";

const SHA256 = `sha256:${"0a".repeat(32)}`;
const SHA512 = `sha512:${"0a".repeat(64)}`;

const WRONG_DIGESTS = [
  "",
  "sha256:",
  "sha256:baddigeststring",
  `SHA256:${"0a".repeat(32)}`,
  `sha256:${"0A".repeat(32)}`,
  `sha256:${"0a".repeat(31)}`,
  `sha256:${"0a".repeat(33)}`,
  `sha256:${"0a".repeat(64)}`,
  `sha512:${"0a".repeat(32)}`,
  `md5:${"0a".repeat(16)}`,
  `sha384:${"0a".repeat(48)}`,
  `sha256+b64:${"0a".repeat(32)}`,
  "sha256:../../../../etc/passwd",
  `sha256:${"/".repeat(64)}`,
  `../:${"0a".repeat(32)}`,
  `${SHA256}\n`,
  ` ${SHA256}`,
  `${SHA256}\0`,
  "0a".repeat(32),
];

describe("a digest", () => {
  test.each([SHA256, SHA512])("may be %s", (text) => {
    const digest = parseDigest(text);
    expect(`${digestAlgorithm(digest)}:${digestHex(digest)}`).toBe(text);
  });

  test.each(WRONG_DIGESTS)("may not be %j", (text) => {
    const refusal = refusalOf(() => parseDigest(text));
    expect(refusal.code).toBe("DIGEST_INVALID");
    expect(refusal.message).toContain("is not a digest");
    expect(isDigest(text)).toBe(false);
  });
});

describe("a tag", () => {
  test.each(["a", "_", "1.0", "v1.0-rc.1_x", "LATEST", "list", "uploads", "a".repeat(128)])(
    "may be %s",
    (tag) => {
      expect(parseTag(tag)).toBe(tag);
    },
  );

  test.each(["", ".a", "-a", "a b", "a:b", "a+b", "a/b", "ä", "a\n", "a\0", "..", "a".repeat(129)])(
    "may not be %j",
    (tag) => {
      const refusal = refusalOf(() => parseTag(tag));
      expect(refusal.code).toBe("TAG_INVALID");
      expect(refusal.message).toContain("1 to 128");
      expect(isTag(tag)).toBe(false);
    },
  );
});

describe("a reference", () => {
  test("with a colon is a digest, and any other is a tag", () => {
    expect(parseReference(SHA512)).toEqual({ kind: "digest", digest: SHA512 });
    expect(parseReference("1.0")).toEqual({ kind: "tag", tag: "1.0" });
  });

  test("that is a broken digest is never taken for a tag", () => {
    for (const text of WRONG_DIGESTS.filter((digest) => digest.includes(":"))) {
      expect(refusalOf(() => parseReference(text)).code).toBe("DIGEST_INVALID");
    }
  });

  test("is proven or refused, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        if (isTag(text)) {
          expect(parseReference(text)).toEqual({ kind: "tag", tag: text });
        } else {
          expect(refusalOf(() => parseReference(text)).code).toMatch(/^(TAG|DIGEST)_INVALID$/);
        }
      }),
    );
  });
});
