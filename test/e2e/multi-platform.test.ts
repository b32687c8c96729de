import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Client } from "../harness/client.ts";
import { openBuildah, openCtr, openDocker, openSkopeo } from "../harness/clients.ts";
import {
  AMD64,
  ARM64,
  buildImage,
  buildIndex,
  type Image,
  type ImageIndex,
  ociLayout,
  randomContext,
  writeOciLayout,
} from "../harness/images.ts";
import type { Recording } from "../harness/recording-proxy.ts";
import { writeTar } from "../harness/tar.ts";
import { stageForThisFile } from "./stage.ts";

const stage = stageForThisFile();
let docker: Client;
let skopeo: Client;

beforeAll(async () => {
  docker = await openDocker(inject("dockerSocket"));
  skopeo = await openSkopeo(stage.host);
});
afterAll(async () => {
  await docker[Symbol.asyncDispose]();
  await skopeo[Symbol.asyncDispose]();
});

function buildBoth(): ImageIndex {
  return buildIndex([buildImage({ platform: AMD64 }), buildImage({ platform: ARM64 })]);
}

/** An image for two platforms that no client has seen, pushed as `repository:1`. */
async function pushBoth(repository: string): Promise<ImageIndex> {
  const index = buildBoth();
  const layout = `${skopeo.home}/${index.manifest.digest.slice(-12)}`;
  await writeOciLayout(layout, "1", index);
  await skopeo.run("copy", "--all", `oci:${layout}:1`, `docker://${stage.host}/${repository}:1`);
  return index;
}

/** The blobs a client needs of the child for one architecture, and no others. */
function blobsOfChild(index: ImageIndex, architecture: string): readonly string[] {
  const child = childFor(index, architecture);
  return [child.config, ...child.layers].map(({ digest }) => digest).sort();
}

function childFor(index: ImageIndex, architecture: string): Image {
  const found = index.images.find(({ platform }) => platform.architecture === architecture);
  if (found === undefined) throw new Error(`the index has no child for ${architecture}`);
  return found;
}

function blobsAskedFor(recording: Recording): readonly string[] {
  return recording
    .matching(/^GET .*\/blobs\//)
    .map(({ url }) => url.replace(/.*\//, ""))
    .sort();
}

describe.each(["amd64", "arm64"])("for linux/%s", (architecture) => {
  test("docker pull --platform gets that child and nothing of the other", async () => {
    const index = await pushBoth(`docker/${architecture}`);
    const name = `${stage.host}/docker/${architecture}:1`;

    const pull = await stage.proxy.record(() =>
      docker.run("pull", "--platform", `linux/${architecture}`, name),
    );

    const { manifest } = childFor(index, architecture);
    expect(await docker.run("image", "inspect", "--format", "{{.Architecture}}", name)).toBe(
      architecture,
    );
    expect(pull.lines(/^GET .*\/manifests\//)).toEqual([
      `GET /v2/docker/${architecture}/manifests/${index.manifest.digest} 200`,
      `GET /v2/docker/${architecture}/manifests/${manifest.digest} 200`,
    ]);
    expect(blobsAskedFor(pull)).toEqual(blobsOfChild(index, architecture));
  });

  test("ctr pull --platform gets that child and nothing of the other", async () => {
    await using ctr = await openCtr(inject("containerdSocket"));
    const index = await pushBoth(`ctr/${architecture}`);
    const name = `${stage.host}/ctr/${architecture}:1`;

    const pull = await stage.proxy.record(() =>
      ctr.run("images", "pull", "--plain-http", "--platform", `linux/${architecture}`, name),
    );

    expect(blobsAskedFor(pull)).toEqual(blobsOfChild(index, architecture));
  });

  test("skopeo copy --override-arch gets that child and nothing of the other", async () => {
    const index = await pushBoth(`skopeo/${architecture}`);
    const source = `docker://${stage.host}/skopeo/${architecture}:1`;

    const copy = await stage.proxy.record(() =>
      skopeo.run(
        ...["--override-arch", architecture, "copy"],
        ...[source, `oci:${skopeo.home}/single-${architecture}:1`],
      ),
    );

    expect(blobsAskedFor(copy)).toEqual(blobsOfChild(index, architecture));
  });
});

test("docker manifest create, annotate, push and inspect make one name of two images", async () => {
  const name = `${stage.host}/manifest/list:1`;
  const children = [`${stage.host}/manifest/list:amd64`, `${stage.host}/manifest/list:arm64`];
  for (const part of children) {
    await docker.feed(randomContext(), "build", "--quiet", "--tag", part, "-");
    await docker.run("push", part);
  }

  await docker.run("manifest", "create", "--insecure", name, ...children);
  await docker.run("manifest", "annotate", "--arch", "arm64", name, children[1] ?? "");
  const pushed = await docker.run("manifest", "push", "--insecure", "--purge", name);
  const told = JSON.parse(await docker.run("manifest", "inspect", "--insecure", name));

  expect(pushed).toMatch(/^sha256:[0-9a-f]{64}$/m);
  expect(told).toMatchObject({
    mediaType: "application/vnd.docker.distribution.manifest.list.v2+json",
    manifests: [{ platform: { architecture: "amd64" } }, { platform: { architecture: "arm64" } }],
  });
});

test("docker manifest inspect of a missing name says there is no such manifest", async () => {
  const told = await docker.refused(
    ...["manifest", "inspect", "--insecure", `${stage.host}/manifest/missing:1`],
  );

  expect(told).toContain("no such manifest");
});

test("buildah manifest push --all sends the children and the list", async () => {
  await using buildah = await openBuildah(stage.host);
  const parts = await Promise.all(
    [AMD64, ARM64].map(async (platform) => {
      const layout = `${buildah.home}/${platform.architecture}`;
      await writeOciLayout(layout, "1", buildImage({ platform }));
      return `oci:${layout}:1`;
    }),
  );
  await buildah.run("manifest", "create", "both");
  for (const part of parts) await buildah.run("manifest", "add", "both", part);

  const push = await stage.proxy.record(() =>
    buildah.run("manifest", "push", "--all", "both", `docker://${stage.host}/buildah/both:1`),
  );

  expect(push.lines(/^PUT .*\/manifests\/sha256:.* 201$/)).toHaveLength(2);
  expect(push.lines(/^PUT .*\/manifests\/1 201$/)).toHaveLength(1);
});

test("ctr pushes a multi-platform image whole", async () => {
  await using ctr = await openCtr(inject("containerdSocket"));
  const source = buildBoth();
  const name = `${stage.host}/ctr/multi:1`;
  await ctr.feed(
    writeTar(ociLayout(name, source)),
    ...["images", "import", "--all-platforms", "--no-unpack", "-"],
  );

  await ctr.run("images", "push", "--plain-http", name);

  const raw = await skopeo.run("inspect", "--raw", `docker://${name}`);
  expect(raw).toBe(source.manifest.bytes.toString());
  await skopeo.run("copy", "--all", `docker://${name}`, `dir:${skopeo.home}/from-ctr`);
});
