import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { Client } from "../harness/client.ts";
import { openBuildah, openPodman } from "../harness/clients.ts";
import { buildImage, digestOf, type Image, writeOciLayout } from "../harness/images.ts";
import { stageForThisFile } from "./stage.ts";

const stage = stageForThisFile();

/** Puts an image nobody else has into the client's storage and gives both. */
async function store(client: Client): Promise<{ id: string; image: Image }> {
  const image = buildImage();
  const layout = `${client.home}/${image.manifest.digest.slice(-12)}`;
  await writeOciLayout(layout, "1", image);
  const id = await client.run("pull", "--quiet", `oci:${layout}:1`);
  return { id, image };
}

describe.each([
  ["podman", openPodman],
  ["buildah", openBuildah],
] as const)("%s", (name, open) => {
  test("a pushed image comes back as the same image", async () => {
    await using client = await open(stage.host);
    const { id } = await store(client);
    const target = `${stage.host}/${name}/round:1`;
    await client.run("push", id, `docker://${target}`);
    await client.run("rmi", "--force", id);

    expect(await client.run("pull", "--quiet", target)).toBe(id);
  });

  test("an image is pulled by the digest its push wrote down", async () => {
    await using client = await open(stage.host);
    const { id } = await store(client);
    const repository = `${stage.host}/${name}/digest`;
    const digestFile = `${client.home}/digest`;
    await client.run("push", "--digestfile", digestFile, id, `docker://${repository}:1`);
    await client.run("rmi", "--force", id);
    const digest = await readFile(digestFile, "utf8");

    expect(await client.run("pull", "--quiet", `${repository}@${digest}`)).toBe(id);
  });

  test("pushing an image again sends its manifest and no layer", async () => {
    await using client = await open(stage.host);
    const { id } = await store(client);
    const target = `docker://${stage.host}/${name}/again:1`;
    await client.run("push", id, target);

    const second = await stage.proxy.record(() => client.run("push", id, target));

    expect(second.lines(/^(POST|PATCH|PUT)/)).toEqual([`PUT /v2/${name}/again/manifests/1 201`]);
  });

  test("layers known from another repository are mounted, not sent", async () => {
    await using client = await open(stage.host);
    const { id } = await store(client);
    await client.run("push", id, `docker://${stage.host}/${name}/source:1`);

    const push = await stage.proxy.record(() =>
      client.run("push", id, `docker://${stage.host}/${name}/target:1`),
    );

    expect(push.lines(/^POST .*mount=sha256%3A.* 201$/)).toHaveLength(2);
  });

  test("a missing tag and a missing repository are told apart", async () => {
    await using client = await open(stage.host);
    const { id } = await store(client);
    await client.run("push", id, `docker://${stage.host}/${name}/there:1`);

    const noTag = await client.refused("pull", `${stage.host}/${name}/there:2`);
    const noRepository = await client.refused("pull", `${stage.host}/${name}/missing:1`);

    expect(noTag).toContain("manifest unknown");
    expect(noRepository).toContain("name unknown");
  });
});

test("podman search finds repositories by a part of their name", async () => {
  await using podman = await openPodman(stage.host);
  const { id } = await store(podman);
  await podman.run("push", id, `docker://${stage.host}/found/needle:1`);
  await podman.run("push", id, `docker://${stage.host}/found/hay:1`);

  const told = await podman.run("search", "--format", "{{.Name}}", `${stage.host}/needle`);

  expect(told).toBe(`${stage.host}/found/needle`);
});

test("podman search --list-tags lists the tags of a repository", async () => {
  await using podman = await openPodman(stage.host);
  const { id } = await store(podman);
  const repository = `${stage.host}/found/tags`;
  await podman.run("push", id, `docker://${repository}:2`);
  await podman.run("push", id, `docker://${repository}:1`);

  const told = await podman.run("search", "--list-tags", "--format", "json", repository);

  expect(JSON.parse(told)).toEqual([{ Name: repository, Tags: ["1", "2"] }]);
});

test("buildah makes an image from nothing and pushes it compressed by zstd", async () => {
  await using buildah = await openBuildah(stage.host);
  const file = `${buildah.home}/motd`;
  await writeFile(file, `unique ${digestOf(Buffer.from(file))}`);
  const container = await buildah.run("from", "scratch");
  await buildah.run("copy", container, file, "/motd");
  const id = await buildah.run("commit", "--quiet", "--rm", container, "motd");

  const target = `${stage.host}/buildah/zstd:1`;
  await buildah.run("push", "--compression-format", "zstd", id, `docker://${target}`);
  await buildah.run("rmi", "--force", id);

  expect(await buildah.run("pull", "--quiet", target)).toBe(id);
});
