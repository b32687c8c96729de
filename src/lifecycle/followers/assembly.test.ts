import { expect, test } from "vitest";
import { parsePlatformSuffix, splitPart } from "../../lib/platform-suffix.ts";
import type { Digest } from "../../oci/digest.ts";
import { type Manifest, parseManifest } from "../../oci/manifest.ts";
import { DOCKER_IMAGE, DOCKER_LIST, OCI_IMAGE, OCI_INDEX } from "../../oci/media-type.ts";
import type { ReadManifest } from "../../registry/index.ts";
import { pickImage, writeIndex } from "./assembly.ts";

const digestOf = (letter: string) => `sha256:${letter.repeat(64)}` as Digest;
const [IMAGE, OTHER, ATTESTATION, INDEX] = ["a", "b", "c", "d"].map(digestOf) as [
  Digest,
  Digest,
  Digest,
  Digest,
];

function image(config: Record<string, unknown>, mediaType = OCI_IMAGE): ReadManifest {
  const manifest: Manifest = { mediaType, kind: "image", layers: [], children: [] };
  return { manifest, size: 7, config };
}

function index(...children: Manifest["children"]): ReadManifest {
  const manifest: Manifest = { mediaType: OCI_INDEX, kind: "index", layers: [], children };
  return { manifest, size: 9, config: undefined };
}

const reader = (known: Record<string, ReadManifest>) => async (digest: Digest) => known[digest];
const child = { mediaType: OCI_IMAGE, size: 7 };
const attestation = {
  ...child,
  digest: ATTESTATION,
  platform: { os: "unknown", architecture: "unknown" },
  annotations: {
    "vnd.docker.reference.type": "attestation-manifest",
    "vnd.docker.reference.digest": IMAGE,
  },
};

test.each([
  ["amd64", { os: "linux", architecture: "amd64" }, { os: "linux", architecture: "amd64" }],
  ["arm64", { os: "linux", architecture: "arm64", variant: "v8" }, { variant: "v8" }],
  ["arm-v7", { os: "linux", architecture: "arm", variant: "v7" }, { variant: "v7" }],
  ["armv7", { os: "linux", architecture: "arm" }, { variant: "v7" }],
  [
    "windows-amd64",
    { os: "windows", architecture: "amd64", "os.version": "10.0.1" },
    { "os.version": "10.0.1" },
  ],
])("an image that fits -%s is picked with its platform", async (suffix, config, platform) => {
  const picked = await pickImage({ digest: IMAGE, suffix }, reader({ [IMAGE]: image(config) }));
  expect(picked).toMatchObject({ kind: "image", entries: [{ digest: IMAGE, platform }] });
});

test.each([
  ["arm64", { os: "linux", architecture: "amd64" }, "holds an image for linux/amd64"],
  ["armv7", { os: "linux", architecture: "arm", variant: "v6" }, "holds an image for linux/arm/v6"],
  ["linux-amd64", { os: "windows", architecture: "amd64" }, "holds an image for windows/amd64"],
  ["amd64", {}, "holds no image that says what it runs on"],
  ["amd64", { os: ["linux"], architecture: 7 }, "holds no image that says what it runs on"],
])("what contradicts -%s is not picked", async (suffix, config, why) => {
  const picked = await pickImage({ digest: IMAGE, suffix }, reader({ [IMAGE]: image(config) }));
  expect(picked).toEqual({ kind: "unfit", why });
});

test("an index of BuildKit's gives its image, and what attests to that image alone", async () => {
  const amd64 = image({ os: "linux", architecture: "amd64" });
  const foreign = {
    ...attestation,
    annotations: { ...attestation.annotations, "vnd.docker.reference.digest": OTHER },
  };
  const known = {
    [INDEX]: index({ ...child, digest: IMAGE }, attestation, foreign),
    [IMAGE]: amd64,
    [ATTESTATION]: image({ os: "unknown", architecture: "unknown" }),
  };
  const picked = await pickImage({ digest: INDEX, suffix: "amd64" }, reader(known));
  expect(picked.kind === "image" && picked.entries.map(({ digest }) => digest)).toEqual([
    IMAGE,
    ATTESTATION,
  ]);
  const bytes = writeIndex(picked.kind === "image" ? picked.entries : []);
  const written = parseManifest({ bytes, contentType: undefined });
  expect(written.mediaType).toBe(OCI_INDEX);
  expect(written.children[0]?.platform).toEqual({ architecture: "amd64", os: "linux" });
  expect(written.children[1]).toMatchObject({ annotations: attestation.annotations });
  const both = {
    ...known,
    [INDEX]: index({ ...child, digest: IMAGE }, { ...child, digest: OTHER }),
  };
  expect(
    await pickImage({ digest: INDEX, suffix: "amd64" }, reader({ ...both, [OTHER]: amd64 })),
  ).toEqual({ kind: "unfit", why: "is an index that holds 2 images for amd64" });
  expect(await pickImage({ digest: INDEX, suffix: "arm64" }, reader(known))).toEqual({
    kind: "unfit",
    why: "is an index that holds 0 images for arm64",
  });
  const many = index(...Array.from({ length: 9 }, () => ({ ...child, digest: IMAGE })));
  expect(await pickImage({ digest: INDEX, suffix: "amd64" }, reader({ [INDEX]: many }))).toEqual({
    kind: "unfit",
    why: "is an index of more than 8",
  });
});

test("images of Docker's make a list of Docker's", () => {
  const entry = { mediaType: DOCKER_IMAGE, digest: IMAGE, size: 7 };
  expect(JSON.parse(writeIndex([entry]).toString()).mediaType).toBe(DOCKER_LIST);
  const mixed = writeIndex([entry, { ...entry, mediaType: OCI_IMAGE, digest: OTHER }]);
  expect(JSON.parse(mixed.toString()).mediaType).toBe(OCI_INDEX);
});

test("the longest suffix that fits names the part", () => {
  const suffixes = ["arm64", "linux-arm64", "arm-v7"];
  expect(splitPart("1.4.2-linux-arm64", suffixes)).toEqual({
    base: "1.4.2",
    suffix: "linux-arm64",
  });
  expect(splitPart("1.4.2-arm-v7", suffixes)).toEqual({ base: "1.4.2", suffix: "arm-v7" });
  expect(splitPart("-arm64", suffixes)).toBeUndefined();
  expect(splitPart("1.4.2", suffixes)).toBeUndefined();
  expect(parsePlatformSuffix("sparc")).toBeUndefined();
  expect(parsePlatformSuffix("toString")).toBeUndefined();
});
