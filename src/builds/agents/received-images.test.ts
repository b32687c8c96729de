import { createHash } from "node:crypto";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { buildImage } from "../../../test/harness/images.ts";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import type { BuildJob } from "../builder/builder.ts";
import type { BuildAgentId } from "../tables.ts";
import type { Claim } from "./agent-pool.ts";
import { acceptImages, listReceived, receiveFile } from "./received-images.ts";

const image = buildImage();
const files = [image.config, ...image.layers];

async function openClaim(work: string, more: Partial<BuildJob> = {}): Promise<Claim> {
  await mkdir(work, { recursive: true });
  const limits = { memoryBytes: 1, cpus: 1, processes: 1, diskBytes: 100_000 };
  const job: BuildJob = {
    ...{ source: "/s", context: ".", dockerfile: "Dockerfile", target: undefined, work },
    ...{ args: {}, secrets: [], platforms: [], bases: [], network: "none", cache: undefined },
    limits: { ...limits, wallMs: 1, idleMs: 1, logBytes: 1 },
    ...more,
  };
  const ends = { resolve: () => undefined, reject: () => undefined, tell: () => undefined };
  const seen = { createdBy: "root", createdAt: new Date(0), lastSeenAt: undefined };
  return {
    ...{ id: "claim", over: new AbortController(), timers: [], printed: 0, uploaded: 0 },
    agent: { ...seen, id: 1 as BuildAgentId, name: "one" },
    order: { ...ends, job, steps: [], losses: 0, isOver: false },
  };
}

async function send(claim: Claim, file: string, bytes: Buffer): Promise<void> {
  await receiveFile(claim, { index: 0, file }, Readable.from([bytes]));
}

async function sendAll(claim: Claim): Promise<void> {
  for (const { digest, bytes } of files) await send(claim, digest.slice(7), bytes);
  await send(claim, "manifest.json", image.manifest.bytes);
}

test("an image that came whole is accepted", async () => {
  await using home = await makeTempDirectory("received");
  const claim = await openClaim(home.path);
  await sendAll(claim);
  expect(await listReceived(claim, 0)).toHaveLength(files.length + 1);
  const result = await acceptImages(claim, [{ digest: image.manifest.digest }]);
  expect(result).toMatchObject({ images: [{ digest: image.manifest.digest }] });
});

test("a file with other bytes than its name says is not kept", async () => {
  await using home = await makeTempDirectory("received");
  const claim = await openClaim(home.path);
  const name = createHash("sha256").update("a").digest("hex");
  await expect(send(claim, name, Buffer.from("b"))).rejects.toThrow();
  expect(await listReceived(claim, 0)).toEqual([]);
  expect(await readdir(join(home.path, "claim-0"))).toEqual([]);
});

test.each(["../escape", "x", ".manifest.json.part", "A".repeat(64)])(
  "%s is no file of an image",
  async (name) => {
    await using home = await makeTempDirectory("received");
    const claim = await openClaim(home.path);
    await expect(send(claim, name, Buffer.from("x"))).rejects.toThrow();
    expect(await readdir(home.path)).toEqual([]);
  },
);

test("an agent sends no more than a build may add to the disk", async () => {
  await using home = await makeTempDirectory("received");
  const claim = await openClaim(home.path);
  const bytes = Buffer.alloc(60_000);
  await send(claim, "manifest.json", bytes);
  await expect(send(claim, "manifest.json", bytes)).rejects.toThrow();
  expect(await readFile(join(home.path, "claim-0", "manifest.json"))).toEqual(bytes);
});

test("what is missing, or another image than was said, is no image", async () => {
  await using home = await makeTempDirectory("received");
  const claim = await openClaim(home.path);
  await send(claim, "manifest.json", image.manifest.bytes);
  const said = [{ digest: image.manifest.digest }];
  await expect(acceptImages(claim, said)).rejects.toThrow();
  for (const { digest, bytes } of files) await send(claim, digest.slice(7), bytes);
  await expect(acceptImages(claim, [{ digest: image.config.digest }])).rejects.toThrow();
  const several = await openClaim(home.path, { platforms: ["linux/amd64", "linux/arm64"] });
  expect(await acceptImages(several, said)).toMatchObject({ name: "BuildFailed" });
});
