import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Client } from "../harness/client.ts";
import { openSkopeo } from "../harness/clients.ts";
import { DockerRegistry } from "../harness/docker-registry.ts";
import { HubProcess } from "../harness/hub-process.ts";
import {
  AMD64,
  ARM64,
  buildImage,
  buildIndex,
  type Image,
  type ImageIndex,
  writeOciLayout,
} from "../harness/images.ts";
import { stageForThisFile } from "./stage.ts";

const stage = stageForThisFile();
let skopeo: Client;

beforeAll(async () => {
  skopeo = await openSkopeo(stage.host);
});
afterAll(() => skopeo[Symbol.asyncDispose]());

function multiArch(): ImageIndex {
  return buildIndex([buildImage({ platform: AMD64 }), buildImage({ platform: ARM64 })]);
}

async function push(source: Image | ImageIndex, ...names: readonly string[]): Promise<void> {
  const layout = `${skopeo.home}/${source.manifest.digest.slice(-12)}`;
  await writeOciLayout(layout, "1", source);
  for (const name of names) {
    await skopeo.run("copy", "--all", `oci:${layout}:1`, remote(name));
  }
}

function remote(name: string): string {
  return `docker://${stage.host}/${name}`;
}

test("copy --all brings a multi-platform image with all its children and its digest", async () => {
  const image = multiArch();
  await push(image, "copy/all:1");
  const back = `${skopeo.home}/back`;

  await skopeo.run("copy", "--all", remote("copy/all:1"), `dir:${back}`);

  expect(await skopeo.run("manifest-digest", `${back}/manifest.json`)).toBe(image.manifest.digest);
  const manifests = (await readdir(back)).filter((name) => name.endsWith(".manifest.json"));
  expect(manifests).toHaveLength(2);
});

test("copy from repository to repository mounts the layers", async () => {
  await push(buildImage(), "mount/from:1");

  const copy = await stage.proxy.record(() =>
    skopeo.run("copy", remote("mount/from:1"), remote("mount/to:1")),
  );

  expect(copy.lines(/^POST .*mount=.* 201$/)).toHaveLength(2);
  // The configuration is the one blob skopeo never mounts.
  expect(copy.lines(/^PATCH/)).toHaveLength(1);
});

test("inspect tells the digest, the layers and the platform", async () => {
  const image = buildImage({ platform: ARM64 });
  await push(image, "inspect/app:1");

  const told = JSON.parse(await skopeo.run("inspect", remote("inspect/app:1")));

  expect(told).toMatchObject({
    Digest: image.manifest.digest,
    Architecture: "arm64",
    Layers: image.layers.map(({ digest }) => digest),
    RepoTags: ["1"],
  });
});

test("inspect --raw gives the bytes that were pushed", async () => {
  const image = multiArch();
  await push(image, "inspect/raw:1");

  expect(await skopeo.run("inspect", "--raw", remote("inspect/raw:1"))).toBe(
    image.manifest.bytes.toString(),
  );
});

test("list-tags lists all tags in order", async () => {
  await push(buildImage(), "list/tags:b", "list/tags:a", "list/tags:10");

  const told = JSON.parse(await skopeo.run("list-tags", remote("list/tags")));

  expect(told.Tags).toEqual(["10", "a", "b"]);
});

test("delete by tag removes the manifest, so every tag of it is gone", async () => {
  await push(buildImage(), "delete/tagged:1", "delete/tagged:same");
  await push(buildImage(), "delete/tagged:other");

  await skopeo.run("delete", remote("delete/tagged:1"));

  const told = JSON.parse(await skopeo.run("list-tags", remote("delete/tagged")));
  expect(told.Tags).toEqual(["other"]);
  expect(await skopeo.refused("inspect", remote("delete/tagged:same"))).toContain(
    "manifest unknown",
  );
});

test("delete by digest removes that manifest alone", async () => {
  const [gone, kept] = [buildImage(), buildImage()];
  await push(gone, "delete/digest:gone");
  await push(kept, "delete/digest:kept");

  await skopeo.run("delete", remote(`delete/digest@${gone.manifest.digest}`));

  expect(
    await skopeo.refused("inspect", remote(`delete/digest@${gone.manifest.digest}`)),
  ).toContain("manifest unknown");
  await skopeo.run("inspect", remote("delete/digest:kept"));
});

test("delete is refused with 405 where deletion is switched off", async () => {
  await using hub = await HubProcess.start({ env: { BERTH_DELETE_ENABLED: "false" } });
  const layout = `${skopeo.home}/kept`;
  await writeOciLayout(layout, "1", buildImage());
  const kept = `docker://${hub.host}/kept/app:1`;
  await skopeo.run("copy", "--dest-tls-verify=false", `oci:${layout}:1`, kept);

  const told = await skopeo.refused("delete", "--tls-verify=false", kept);

  expect(told).toMatch(/405|unsupported/i);
  await skopeo.run("inspect", "--tls-verify=false", kept);
});

test("sync brings every tag of a repository to a directory and into another repository", async () => {
  await push(multiArch(), "sync/app:1");
  await push(buildImage(), "sync/app:2");
  const directory = `${skopeo.home}/synced`;

  await skopeo.run(
    ...["sync", "--all", "--src", "docker", "--dest", "dir"],
    ...[`${stage.host}/sync/app`, directory],
  );
  await skopeo.run(
    ...["sync", "--all", "--src", "dir", "--dest", "docker"],
    ...[directory, `${stage.host}/restored`],
  );

  expect((await readdir(directory)).sort()).toEqual(["app:1", "app:2"]);
  const told = JSON.parse(await skopeo.run("list-tags", remote("restored/app")));
  expect(told.Tags).toEqual(["1", "2"]);
});

test("sync brings a repository of a registry:2 into the hub with the same digests", async () => {
  await using registry = await DockerRegistry.start();
  const image = multiArch();
  const layout = `${skopeo.home}/old`;
  await writeOciLayout(layout, "1", image);
  const old = `docker://${registry.host}/old/app:1`;
  await skopeo.run("copy", "--all", "--dest-tls-verify=false", `oci:${layout}:1`, old);

  await skopeo.run(
    ...["sync", "--all", "--src", "docker", "--dest", "docker", "--src-tls-verify=false"],
    ...[`${registry.host}/old/app`, `${stage.host}/moved`],
  );

  expect(await skopeo.run("inspect", "--raw", remote("moved/app:1"))).toBe(
    image.manifest.bytes.toString(),
  );
});

test("a manifest over 4 MiB is refused with a message that says so", async () => {
  const image = buildImage({ annotations: { story: "x".repeat(4 * 1024 * 1024) } });
  const layout = `${skopeo.home}/large`;
  await writeOciLayout(layout, "1", image);

  // Without --preserve-digests skopeo tries again in another format, which has no annotations.
  const told = await skopeo.refused(
    ...["copy", "--preserve-digests", `oci:${layout}:1`, remote("large/manifest:1")],
  );

  expect(told).toMatch(/413|manifest invalid|too large/);
});
