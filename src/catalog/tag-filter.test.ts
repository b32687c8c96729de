import { expect, test } from "vitest";
import { fitsTag } from "./tag-filter.ts";

const TAG: Parameters<typeof fitsTag>[0] = {
  name: "1",
  digest: "sha256:0",
  mediaType: "application/vnd.oci.image.index.v1+json",
  platforms: ["linux/amd64", "linux/arm/v7"].map((platform) => ({
    ...{ platform, digest: "sha256:1", bytes: 1 },
  })),
  updatedAt: "2026-01-01T00:00:00Z",
  updatedBy: "admin",
  signatures: 0,
};

test("a tag is found by what any of its platforms runs on, with or without the variant", () => {
  const found = ["amd64", "arm", "arm/v7", "arm64", "arm/v6", "arm/v"].filter((architecture) =>
    fitsTag(TAG, { architecture }),
  );
  expect(found).toEqual(["amd64", "arm", "arm/v7"]);
});

test("a tag is found by whether somebody signed it", () => {
  const signed = { ...TAG, signatures: 1 };
  expect([fitsTag(TAG, { signed: "yes" }), fitsTag(TAG, { signed: "no" })]).toEqual([false, true]);
  expect([fitsTag(signed, { signed: "yes" }), fitsTag(signed, { signed: "no" })]).toEqual([
    true,
    false,
  ]);
});

test("a tag is found by its worst finding, and what was not scanned to its end has no clean bill", () => {
  const tags = {
    critical: { ...TAG, findings: { state: "done", counts: { critical: 1 } } },
    high: { ...TAG, findings: { state: "done", counts: { high: 2, low: 1 } } },
    low: { ...TAG, findings: { state: "done", counts: { low: 1 } } },
    clean: { ...TAG, findings: { state: "done", counts: {} } },
    waiting: { ...TAG, findings: { state: "waiting", counts: {} } },
    never: TAG,
  } as const;
  const listOf = (findings: "critical" | "high" | "none" | "unknown") =>
    Object.entries(tags).flatMap(([name, tag]) => (fitsTag(tag, { findings }) ? name : []));
  expect(listOf("critical")).toEqual(["critical"]);
  expect(listOf("high")).toEqual(["critical", "high"]);
  expect(listOf("none")).toEqual(["clean"]);
  expect(listOf("unknown")).toEqual(["waiting", "never"]);
});
