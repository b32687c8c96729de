import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { buildImage, type Image, json } from "../../../../test/harness/images.ts";
import { makeTempDirectory } from "../../../../test/harness/temp-directory.ts";
import { NotRun } from "../checks/check.ts";
import { commitTree, layoutOf } from "../layouts/layout.fixture.ts";
import { importSource } from "./import-source.ts";

const { signal } = new AbortController();

/** By a builder that runs nothing, and says so if it is asked to. */
async function importImage(image: Image, needsBases: boolean) {
  await using home = await makeTempDirectory("import");
  const { repository, gitCommit } = await commitTree(home.path, layoutOf(image));
  const work = join(home.path, "work");
  await mkdir(work);
  const build = () => Promise.reject(new Error("it was asked to run something"));
  const deps = {
    builder: { id: "one", needsBases, build },
    ...{ limits: { diskBytes: 1e6 }, attached: [], advisories: join(home.path, "none") },
  } as unknown as Parameters<typeof importSource>[0];
  const source = {
    ...{ architecture: "amd64", gitRepo: "", gitFetch: "", gitCommit, builder: "oci-import" },
    ...{ directory: "oci", file: "index.json" },
  };
  const sources = { open: async () => repository, isOwn: () => true };
  return await importSource(deps, source, { sources, platform: "linux/amd64", work, signal });
}

/** With a configuration that says other things. */
function withConfig(image: Image, change: (config: Record<string, unknown>) => object): Image {
  const config = json(
    image.config.mediaType,
    change(JSON.parse(image.config.bytes.toString("utf8"))),
  );
  const { digest, bytes, mediaType } = config;
  const manifest = JSON.parse(image.manifest.bytes.toString("utf8"));
  const whole = { ...manifest, config: { mediaType, digest, size: bytes.length } };
  return { ...image, config, manifest: json(image.manifest.mediaType, whole) };
}

test("layers that are no archives, or not those of the configuration, are refused", async () => {
  const noise = buildImage({ layers: [randomBytes(3_000)] });
  await expect(importImage(noise, true)).rejects.toThrow(
    "the OCI layout is not imported: the layer is not a whole archive",
  );
  const [other] = JSON.parse(buildImage().config.bytes.toString("utf8")).rootfs.diff_ids;
  const swapped = withConfig(buildImage(), (config) => ({
    ...config,
    rootfs: { type: "layers", diff_ids: [other, other] },
  }));
  await expect(importImage(swapped, true)).rejects.toMatchObject({
    name: "LayoutRefused",
    fault: "layers",
    message: expect.stringContaining("not the one that the image's configuration names"),
  });
});

test("a configuration that nobody reads is the fault of who wrote it", async () => {
  const odd = withConfig(buildImage(), (config) => ({ ...config, config: { Labels: { a: 1 } } }));
  await expect(importImage(odd, true)).rejects.toMatchObject({ name: "BuildFailed" });
});

test("what is not run says why, and is looked at in all other ways", async () => {
  const asked = ["echo", "shell", "zone", "passwd", "shadow", "start", "stop", "listeners"];
  const blind = await importImage(buildImage({ history: true }), false);
  const mute = await importImage(buildImage(), true);
  for (const [{ facts }, why] of [
    [blind, /^the builder one runs no image that it has not built$/],
    [mute, /does not say in its history/],
  ] as const) {
    expect(facts).toMatchObject({ isSingleBinary: true, rebuilt: expect.any(NotRun) });
    const found = Object.entries(facts).filter(([name]) => asked.includes(name));
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(asked.map((name) => [name, { why: expect.stringMatching(why) }])),
    );
  }
  await expect(importImage(buildImage({ history: true }), true)).rejects.toThrow("asked to run");
});
