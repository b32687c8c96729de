import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Client } from "../harness/client.ts";
import { openDocker } from "../harness/clients.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { busyboxContext, randomContext } from "../harness/images.ts";
import { stageForThisFile } from "./stage.ts";

const stage = stageForThisFile();
let docker: Client;

beforeAll(async () => {
  docker = await openDocker(inject("dockerSocket"));
});
afterAll(() => docker[Symbol.asyncDispose]());

/** Builds an image with layers no other test has, names it in the hub, and gives the name. */
async function buildImage(repository: string, layers = 2, layerSize = 2_000): Promise<string> {
  const image = `${stage.host}/${repository}`;
  await docker.feed(randomContext(layers, layerSize), "build", "--quiet", "--tag", image, "-");
  return image;
}

/** The digest that a push announces in its last line. */
function pushedDigest(output: string): string {
  const [, digest] = /digest: (sha256:[0-9a-f]{64}) size: \d+$/.exec(output) ?? [];
  if (digest === undefined) throw new Error(`no digest in ${output}`);
  return digest;
}

async function imageId(image: string): Promise<string> {
  return docker.run("image", "inspect", "--format", "{{.Id}}", image);
}

describe("docker push and pull", () => {
  test("a pushed image comes back as the same image", async () => {
    const image = await buildImage("round/trip:1");
    const id = await imageId(image);
    await docker.run("push", image);
    await docker.run("rmi", image);

    expect(await docker.run("pull", image)).toContain("Downloaded newer image");
    expect(await imageId(image)).toBe(id);
  });

  test("a pulled image runs", async ({ skip }) => {
    if (!inject("canRunContainers")) skip("containers cannot run on this machine");
    const image = `${stage.host}/it/runs:1`;
    await docker.feed(await busyboxContext(), "build", "--quiet", "--tag", image, "-");
    await docker.run("push", image);
    await docker.run("rmi", image);

    const said = await docker.run("run", "--rm", "--network", "host", image, "echo", "ahoy");

    expect(said).toBe("ahoy");
  });

  test("an image is pulled by the digest its push announced", async () => {
    const image = await buildImage("by/digest:1");
    const id = await imageId(image);
    const digest = pushedDigest(await docker.run("push", image));
    await docker.run("rmi", image);

    await docker.run("pull", `${stage.host}/by/digest@${digest}`);

    expect(await imageId(`${stage.host}/by/digest@${digest}`)).toBe(id);
  });

  test("pushing an image again sends its manifest and no layer", async () => {
    const image = await buildImage("push/again:1");
    await docker.run("push", image);

    const second = await stage.proxy.record(() => docker.run("push", image));

    expect(second.lines(/^(POST|PATCH|PUT)/)).toEqual(["PUT /v2/push/again/manifests/1 201"]);
  });

  test("layers known from another repository are mounted, not sent", async () => {
    const image = await buildImage("mount/source:1", 3);
    await docker.run("push", image);
    const other = `${stage.host}/mount/target:1`;
    await docker.run("tag", image, other);

    let output = "";
    const push = await stage.proxy.record(async () => {
      output = await docker.run("push", other);
    });

    expect(output.match(/Mounted from mount\/source/g)).toHaveLength(3);
    expect(push.lines(/^POST .*from=mount%2Fsource&mount=sha256%3A.* 201$/)).toHaveLength(3);
    // The configuration is the one blob docker never mounts.
    expect(push.lines(/^PATCH/)).toHaveLength(1);
  });

  test("a pull of an image that is up to date costs one HEAD", async () => {
    const image = await buildImage("up/to-date:1");
    await docker.run("push", image);
    await docker.run("rmi", image);
    await docker.run("pull", image);

    const second = await stage.proxy.record(() => docker.run("pull", image));

    expect(second.lines()).toEqual(["GET /v2/ 200", "HEAD /v2/up/to-date/manifests/1 200"]);
  });

  test("a layer that broke off is resumed where it stopped", async () => {
    const image = await buildImage("broken/off:1", 1, 3_000_000);
    const id = await imageId(image);
    await docker.run("push", image);
    await docker.run("rmi", image);

    stage.proxy.cutOnce(/^GET .*\/blobs\//, 200_000);
    const pull = await stage.proxy.record(() => docker.run("pull", image));

    expect(await imageId(image)).toBe(id);
    const [resumed] = pull.matching(/^GET .*\/blobs\/.* 206$/);
    expect(resumed?.headers.range).toMatch(/^bytes=\d+-$/);
  });

  test("pull --all-tags brings every tag of the repository", async () => {
    const first = await buildImage("all/tags:first");
    const second = await buildImage("all/tags:second");
    await docker.run("push", "--all-tags", `${stage.host}/all/tags`);
    await docker.run("rmi", first, second);

    await docker.run("pull", "--all-tags", `${stage.host}/all/tags`);

    const tags = await docker.run("images", "--format", "{{.Tag}}", `${stage.host}/all/tags`);
    expect(tags.split("\n").sort()).toEqual(["first", "second"]);
  });
});

describe("what docker shows when it is refused", () => {
  test("a missing tag", async () => {
    await docker.run("push", await buildImage("there/is:1"));

    const told = await docker.refused("pull", `${stage.host}/there/is:2`);

    expect(told).toContain("there/is:2 not found: manifest unknown");
  });

  test("a missing repository", async () => {
    const told = await docker.refused("pull", `${stage.host}/there/is-not:1`);

    expect(told).toContain("there/is-not not found: name unknown");
  });

  test("a name that the hub keeps for itself, at once", async () => {
    const told = await docker.refused("push", await buildImage("orgs/app:1"));

    expect(told).toContain('"orgs" as its first part is reserved');
    expect(told).not.toContain("Retrying");
  });

  test("a layer over the hub's limit, at once", async () => {
    await using hub = await HubProcess.start({ env: { BERTH_LIMITS_BLOB_BYTES: "1MB" } });
    const image = `${hub.host}/too/large:1`;
    await docker.feed(randomContext(1, 5_000_000), "build", "--quiet", "--tag", image, "-");

    const told = await docker.refused("push", image);

    expect(told).toMatch(/denied: a layer may hold at most \d+ bytes here/);
    expect(told).not.toContain("Retrying");
  });
});
