import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildArtifact, randomImage } from "../harness/artifacts.ts";
import { attempt } from "../harness/command.ts";
import { DockerRegistry } from "../harness/docker-registry.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { buildIndex, descriptor, type Image, type ImageIndex } from "../harness/images.ts";
import { PROGRAM } from "../harness/program.ts";
import { Randomness } from "../harness/randomness.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

let registry: DockerRegistry;
let pushed: Map<string, { repository: string; tag: string; source: Image | ImageIndex }>;
const random = new Randomness();

beforeAll(async () => {
  registry = await DockerRegistry.start();
  pushed = await fill(registry);
});
afterAll(() => registry[Symbol.asyncDispose]());

test("a directory of docker-registry is adopted while the hub serves, and every tag pulls with its digest", async () => {
  await registry.stop();
  await using hub = await startOn(registry.dataDirectory);
  const first = await adopt(registry.dataDirectory);
  expect(first).toMatchObject({ repositories: 4, tags: pushed.size, skipped: [] });
  await using client = new RegistryClient(hub.url);
  for (const { repository, tag, source } of pushed.values()) {
    await client.assertPullable(repository, tag, source);
  }
  const referrers = await client.get(referrersPath());
  expect(JSON.parse(referrers.body.toString()).manifests).toHaveLength(1);
});

test("adopting again takes nothing twice and brings nothing back that was deleted since", async () => {
  await registry.stop();
  await using hub = await startOn(registry.dataDirectory);
  await adopt(registry.dataDirectory);
  await using client = new RegistryClient(hub.url);
  expect((await client.delete("/v2/team/app/manifests/v1")).status).toBe(202);
  const again = await adopt(registry.dataDirectory);
  expect(again).toMatchObject({ tags: 0, manifests: 0 });
  expect((await client.getManifest("team/app", "v1")).status).toBe(404);
});

test("rules about tags lose nothing of a directory, and nothing that they hold is moved by it", async () => {
  await registry.stop();
  await using home = await makeTempDirectory("ruled");
  const data = join(home.path, "data");
  const directory = registry.dataDirectory;
  await using hub = await HubProcess.start({
    dataDirectory: data,
    env: { BERTH_STORAGE_ROOT: directory },
  });
  const rules = {
    format: { allow: ["semver"] },
    immutable: { enabled: true },
    protected: { lines: [{ tags: "v*", push: [], delete: [] }] },
  };
  const set = await fetch(`${hub.url}/api/v1/tag-rules`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(rules),
  });
  expect(set.status).toBe(200);
  expect(await adopt(directory, data)).toMatchObject({ tags: pushed.size, skipped: [] });
  await using client = new RegistryClient(hub.url);
  for (const { repository, tag, source } of pushed.values()) {
    await client.assertPullable(repository, tag, source);
  }
  // Somebody pushes to the former registry once more: what is held stays, and is named.
  const before = pushed.get("team/app:v1");
  const after = pushed.get("team/app:v1.0.1");
  const tags = "docker/registry/v2/repositories/team/app/_manifests/tags";
  const link = join(directory, tags, "v1/current/link");
  await writeFile(link, String(after?.source.manifest.digest));
  try {
    const again = await adopt(directory, data, 1);
    expect(again.tags).toBe(0);
    expect(again.skipped).toEqual([
      { what: "team/app:v1", why: expect.stringContaining("is protected") },
    ]);
    if (before !== undefined) await client.assertPullable("team/app", "v1", before.source);
  } finally {
    await writeFile(link, String(before?.source.manifest.digest));
  }
});

test("a directory that no registry wrote is refused with what to name instead", async () => {
  await using empty = await makeTempDirectory("empty");
  const finished = await attempt(process.execPath, [PROGRAM, "adopt", empty.path]);
  expect(finished.exitCode).toBe(2);
  expect(finished.output).toContain("docker/registry/v2");
  expect(await readdir(empty.path)).toEqual([]);
});

async function startOn(directory: string): Promise<HubProcess> {
  return HubProcess.start({
    dataDirectory: join(directory, "berth"),
    env: { BERTH_STORAGE_ROOT: directory },
  });
}

async function adopt(directory: string, data?: string, exitCode = 0) {
  const place = data === undefined ? [] : ["--data", data];
  const words = [PROGRAM, "adopt", directory, "--json", ...place];
  const finished = await attempt(process.execPath, words);
  expect([finished.exitCode, finished.output]).toEqual([exitCode, finished.output]);
  return JSON.parse(finished.stdout) as Record<"repositories" | "tags" | "manifests", number> & {
    readonly skipped: readonly { readonly what: string; readonly why: string }[];
  };
}

/** Images, several platforms, a signature-like artifact, deep names, and tags that are prefixes of one another. */
async function fill(target: DockerRegistry) {
  const images = new Map<string, { repository: string; tag: string; source: Image | ImageIndex }>();
  await using client = new RegistryClient(target.url);
  const push = async (repository: string, tag: string, source: Image | ImageIndex) => {
    await client.push(repository, tag, source);
    images.set(`${repository}:${tag}`, { repository, tag, source });
  };
  const image = randomImage(random);
  await push("team/app", "v1", image);
  await push("team/app", "v1.0", image);
  await push("team/app", "v1.0.1", randomImage(random));
  await push("team/app/deep/er", "latest", buildIndex([randomImage(random), randomImage(random)]));
  await push("single", "a", image);
  const signature = buildArtifact({
    artifactType: "application/vnd.example.signature",
    subject: descriptor(image.manifest),
  });
  subjectDigest = image.manifest.digest;
  await push("signed", "image", image);
  await push("signed", "signature", signature);
  return images;
}

let subjectDigest = "";

function referrersPath(): string {
  return `/v2/signed/referrers/${subjectDigest}`;
}
