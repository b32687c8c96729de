import { describe, expect, test } from "vitest";
import { parseDigest } from "./digest.ts";
import { entityTag, matchesEntityTag } from "./entity-tag.ts";

const DIGEST = parseDigest(`sha256:${"0a".repeat(32)}`);
const OTHER = parseDigest(`sha256:${"0b".repeat(32)}`);

describe("an entity tag", () => {
  test("is the quoted digest", () => {
    expect(entityTag(DIGEST)).toBe(`"${DIGEST}"`);
  });

  test.each([
    `"${DIGEST}"`,
    DIGEST,
    `W/"${DIGEST}"`,
    ` "${DIGEST}" `,
    `"${OTHER}", "${DIGEST}"`,
    `${OTHER},${DIGEST}`,
    `"x",W/"${DIGEST}"`,
    "*",
    ` * `,
    `"${OTHER}", *`,
  ])("%s names the content", (header) => {
    expect(matchesEntityTag(header, DIGEST)).toBe(true);
  });

  test.each([
    "",
    ",",
    `"${OTHER}"`,
    OTHER,
    `W/"${OTHER}"`,
    '"*"',
    `"${DIGEST}`,
    `""${DIGEST}""`,
    DIGEST.slice(0, -1),
    `${DIGEST}0`,
    `"${DIGEST.toUpperCase()}"`,
    `w/"${DIGEST}"`,
  ])("%s does not", (header) => {
    expect(matchesEntityTag(header, DIGEST)).toBe(false);
  });
});
