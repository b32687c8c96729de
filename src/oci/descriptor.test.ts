import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { parseDescriptor } from "./descriptor.ts";
import { refusalOf } from "./refusal.suite.ts";

const CONTENT = "hello";
const GOOD = {
  mediaType: "text/plain",
  digest: `sha256:${createHash("sha256").update(CONTENT).digest("hex")}`,
  size: CONTENT.length,
};

describe("a descriptor", () => {
  test("keeps what a registry acts on and drops the rest", () => {
    const known = {
      ...GOOD,
      urls: ["https://example.com/a"],
      annotations: { a: "b" },
      artifactType: "a/b",
      platform: {
        architecture: "amd64",
        os: "windows",
        "os.version": "10.0.20348.2227",
        "os.features": ["win32k"],
      },
      data: Buffer.from(CONTENT).toString("base64"),
    };
    expect(parseDescriptor({ ...known, whatever: 1 }, "config")).toEqual(known);
  });

  test("without a media type is of some bytes", () => {
    const { mediaType: _, ...untyped } = GOOD;
    expect(parseDescriptor(untyped, "config").mediaType).toBe("application/octet-stream");
  });

  test("may be of an empty blob, embedded too", () => {
    const digest = `sha256:${createHash("sha256").digest("hex")}`;
    expect(parseDescriptor({ ...GOOD, digest, size: 0, data: "" }, "config").size).toBe(0);
  });

  test.each<[string, unknown]>([
    ["layers[3] is not an object", null],
    ["layers[3] is not an object", undefined],
    ["layers[3] is not an object", [GOOD]],
    ["layers[3] is not an object", GOOD.digest],
    ["layers[3].digest is missing", { ...GOOD, digest: undefined }],
    ["layers[3].digest is not text", { ...GOOD, digest: 5 }],
    ["layers[3].digest", { ...GOOD, digest: GOOD.digest.toUpperCase() }],
    ["layers[3].digest", { ...GOOD, digest: "sha256:../../../etc/passwd" }],
    ["layers[3].size", { ...GOOD, size: undefined }],
    ["layers[3].size", { ...GOOD, size: -1 }],
    ["layers[3].size", { ...GOOD, size: 1.5 }],
    ["layers[3].size", { ...GOOD, size: "5" }],
    ["layers[3].size", { ...GOOD, size: 2 ** 53 }],
    ["layers[3].size", { ...GOOD, size: Number.POSITIVE_INFINITY }],
    ["layers[3].mediaType is not text", { ...GOOD, mediaType: {} }],
    ["layers[3].mediaType is longer", { ...GOOD, mediaType: "a".repeat(256) }],
    ["layers[3].urls", { ...GOOD, urls: "https://example.com" }],
    ["layers[3].urls", { ...GOOD, urls: [1] }],
    ["layers[3].annotations", { ...GOOD, annotations: { a: {} } }],
    ["layers[3].artifactType", { ...GOOD, artifactType: 1 }],
    ["layers[3].platform is not an object", { ...GOOD, platform: "linux/amd64" }],
    ["layers[3].platform.os is not text", { ...GOOD, platform: { os: 1 } }],
    ["layers[3].platform.os.features", { ...GOOD, platform: { "os.features": "a" } }],
    ["layers[3].data is not text", { ...GOOD, data: 1 }],
    ["layers[3].data is not base64", { ...GOOD, data: "hello" }],
    ["layers[3].data is not base64", { ...GOOD, data: "aGVsbG8" }],
    ["layers[3].data has 4 bytes", { ...GOOD, data: Buffer.from("hell").toString("base64") }],
    ["layers[3].data does not match", { ...GOOD, data: Buffer.from("hallo").toString("base64") }],
  ])("is refused with its place: %s", (fault, value) => {
    const refusal = refusalOf(() => parseDescriptor(value, "layers[3]"));
    expect(refusal.code).toBe("MANIFEST_INVALID");
    expect(refusal.message).toContain(fault);
  });
});
