import { mkdir, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Client } from "../harness/client.ts";
import { openCtr, openSkopeo } from "../harness/clients.ts";
import {
  buildImage,
  type Image,
  type ImageOptions,
  ociLayout,
  randomLayer,
  writeOciLayout,
} from "../harness/images.ts";
import { writeTar } from "../harness/tar.ts";
import { stageForThisFile } from "./stage.ts";

const stage = stageForThisFile();
let ctr: Client;
let skopeo: Client;

beforeAll(async () => {
  ctr = await openCtr(inject("containerdSocket"));
  skopeo = await openSkopeo(stage.host);
});
afterAll(async () => {
  await ctr[Symbol.asyncDispose]();
  await skopeo[Symbol.asyncDispose]();
});

/** Puts an image into containerd under `name`, the way `ctr images import` reads it. */
async function importImage(name: string): Promise<Image> {
  const image = buildImage();
  await ctr.feed(writeTar(ociLayout(name, image)), "images", "import", "--no-unpack", "-");
  return image;
}

/** An image that containerd has not seen, in the hub. */
async function pushImage(repository: string, options: ImageOptions = {}): Promise<Image> {
  const image = buildImage(options);
  const layout = `${skopeo.home}/${image.manifest.digest.slice(-12)}`;
  await writeOciLayout(layout, "1", image);
  await skopeo.run("copy", `oci:${layout}:1`, `docker://${stage.host}/${repository}:1`);
  return image;
}

test("a pushed image arrives with its digest", async () => {
  const name = `${stage.host}/ctr/push:1`;
  const image = await importImage(name);

  await ctr.run("images", "push", "--plain-http", name);

  const told = JSON.parse(await skopeo.run("inspect", `docker://${name}`));
  expect(told.Digest).toBe(image.manifest.digest);
});

test("each blob of a push is one PUT with the whole body", async () => {
  const name = `${stage.host}/ctr/whole:1`;
  await importImage(name);

  const push = await stage.proxy.record(() => ctr.run("images", "push", "--plain-http", name));

  expect(push.lines(/^GET \/v2\/ /)).toEqual([]);
  expect(push.lines(/^PATCH/)).toEqual([]);
  expect(push.lines(/^PUT .*\/blobs\/uploads\/.* 201$/)).toHaveLength(3);
});

test("pushing an image again sends nothing", async () => {
  const name = `${stage.host}/ctr/again:1`;
  await importImage(name);
  await ctr.run("images", "push", "--plain-http", name);

  const second = await stage.proxy.record(() => ctr.run("images", "push", "--plain-http", name));

  expect(second.lines(/^(POST|PATCH|PUT)/)).toEqual([]);
});

test("layers pulled from one repository are mounted into another", async () => {
  await pushImage("ctr/mount-source");
  const source = `${stage.host}/ctr/mount-source:1`;
  await ctr.run("images", "pull", "--plain-http", source);

  const push = await stage.proxy.record(() =>
    ctr.run(...["images", "push", "--plain-http", `${stage.host}/ctr/mount-target:1`, source]),
  );

  expect(push.lines(/^POST .*\?mount=sha256:.*&from=ctr\/mount-source 201$/)).toHaveLength(3);
});

test("an image is pulled by tag and by digest", async () => {
  const image = await pushImage("ctr/pull");

  await ctr.run("images", "pull", "--plain-http", `${stage.host}/ctr/pull:1`);
  const byDigest = `${stage.host}/ctr/pull@${image.manifest.digest}`;
  await ctr.run("images", "pull", "--plain-http", byDigest);

  expect(await ctr.run("images", "ls", "--quiet")).toContain(byDigest);
});

test("a layer that broke off is resumed where it stopped", async () => {
  const image = await pushImage("ctr/broken", { layers: [randomLayer(1_000_000)] });

  stage.proxy.cutOnce(/^GET .*\/blobs\//, 200_000);
  const pull = await stage.proxy.record(() =>
    ctr.run("images", "pull", "--plain-http", `${stage.host}/ctr/broken:1`),
  );

  const [resumed] = pull.matching(/^GET .*\/blobs\/.* 206$/);
  expect(resumed?.headers.range).toMatch(/^bytes=\d+-$/);
  expect(resumed?.url).toContain(image.layers[0]?.digest);
});

test("a missing tag is told as not found", async () => {
  const told = await ctr.refused("images", "pull", "--plain-http", `${stage.host}/ctr/nothing:1`);

  expect(told).toContain(`${stage.host}/ctr/nothing:1: not found`);
});

describe("with a hosts.toml that names the hub a mirror of docker.io", () => {
  async function writeMirrorConfiguration(): Promise<string> {
    const folder = `${ctr.home}/hosts/docker.io`;
    await mkdir(folder, { recursive: true });
    await writeFile(
      `${folder}/hosts.toml`,
      `server = "https://registry-1.docker.io"\n[host."http://${stage.host}"]\n  capabilities = ["pull", "resolve"]\n`,
    );
    return `${ctr.home}/hosts`;
  }

  test("an image of docker.io is pulled from the hub, which is asked with ?ns=docker.io", async () => {
    const image = await pushImage("library/mirrored");
    const hosts = await writeMirrorConfiguration();

    const pull = await stage.proxy.record(() =>
      ctr.run(...["images", "pull", "--hosts-dir", hosts, "docker.io/library/mirrored:1"]),
    );

    expect(pull.lines()).toContain("HEAD /v2/library/mirrored/manifests/1?ns=docker.io 200");
    expect(pull.lines()).toContain(
      `GET /v2/library/mirrored/blobs/${image.config.digest}?ns=docker.io 200`,
    );
    expect(pull.lines(/ns=docker\.io/)).toHaveLength(pull.exchanges.length);
  });
});
