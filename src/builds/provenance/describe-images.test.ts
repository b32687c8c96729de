import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { BuildFailed } from "../builder/build-failed.ts";
import { findFinalBase } from "../builder/preflight/find-final-base.ts";
import { describeImages } from "./describe-images.ts";

const INDEX_DIGEST = `sha256:${"b".repeat(64)}`;
const BASE = "hub.example/acme/base:1";
const ORIGIN = {
  ...{ revision: "c".repeat(40), source: "https://hub.example/git/acme/app.git", base: BASE },
};

async function makeImage(home: string, architecture: string, created: string) {
  const folder = join(home, architecture);
  await mkdir(folder);
  const config = JSON.stringify({ os: "linux", architecture, created });
  const digest = createHash("sha256").update(config).digest("hex");
  await writeFile(join(folder, digest), config);
  const manifest = {
    ...{ schemaVersion: 2, mediaType: "application/vnd.docker.distribution.manifest.v2+json" },
    config: { mediaType: "x", size: config.length, digest: `sha256:${digest}` },
    layers: [],
  };
  await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
  return { folder, digest: "", platform: `linux/${architecture}` };
}

const basesUsed = [{ reference: BASE, platform: "linux/amd64", digest: INDEX_DIGEST }];
const readManifest = async (folder: string) =>
  JSON.parse(await readFile(join(folder, "manifest.json"), "utf8"));

test("images of several platforms become an index, and all of it says where it comes from", async () => {
  await using home = await makeTempDirectory("describe");
  const images = [
    await makeImage(home.path, "amd64", "2026-11-28T12:00:00Z"),
    await makeImage(home.path, "arm64", "2026-11-28T12:05:00Z"),
  ];
  const into = join(home.path, "index");
  const made = await describeImages({ images, basesUsed }, { origin: ORIGIN, into });
  const { annotations, manifests, mediaType } = await readManifest(into);
  expect(mediaType).toBe("application/vnd.oci.image.index.v1+json");
  expect(annotations).toEqual({
    "org.opencontainers.image.created": "2026-11-28T12:05:00Z",
    "org.opencontainers.image.revision": ORIGIN.revision,
    "org.opencontainers.image.source": ORIGIN.source,
    "org.opencontainers.image.base.name": BASE,
    "org.opencontainers.image.base.digest": INDEX_DIGEST,
  });
  for (const [at, part] of made.parts.entries()) {
    const bytes = await readFile(join(part.folder, "manifest.json"));
    const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    const [os, architecture] = images[at]?.platform.split("/") ?? [];
    expect(manifests[at]).toMatchObject({
      ...{ digest, size: bytes.length, platform: { os, architecture } },
    });
    const { annotations: said, config } = await readManifest(part.folder);
    expect(config).toMatchObject({ mediaType: "x", size: expect.any(Number) });
    expect(said["org.opencontainers.image.base.name"]).toBe(BASE);
  }
});

test("one image is published as it is, and one for another platform than was asked for not at all", async () => {
  await using home = await makeTempDirectory("describe");
  const into = join(home.path, "index");
  const image = await makeImage(home.path, "amd64", "2026-11-28T12:00:00Z");
  const origin = { ...ORIGIN, base: undefined };
  const made = await describeImages({ images: [image], basesUsed }, { origin, into });
  expect(made).toMatchObject({ parts: [], whole: { folder: image.folder } });
  const { annotations } = await readManifest(image.folder);
  expect(Object.keys(annotations).join(" ")).not.toContain("base");
  const images = [{ ...image, platform: "linux/arm64" }];
  await expect(describeImages({ images, basesUsed }, { origin, into })).rejects.toThrow(
    BuildFailed,
  );
});

test.each([
  [["FROM alpine:3 AS a", "FROM scratch", "COPY --from=a / /"], undefined, undefined],
  [["FROM alpine:3 AS a", "FROM a"], undefined, "docker.io/library/alpine:3"],
  [["ARG B=hub.example/x", "FROM $B AS a", "FROM scratch"], "a", "hub.example/x:latest"],
  [["FROM alpine:3", "FROM scratch"], "0", "docker.io/library/alpine:3"],
  [["FROM dir:/etc"], undefined, undefined],
])("what the last stage begins with: %j", (lines, target, base) => {
  expect(findFinalBase(lines.join("\n"), { args: {}, target })).toBe(base);
});
