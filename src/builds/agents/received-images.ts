import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { PROBLEMS } from "../../contract/problems.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import { BuildFailed } from "../builder/build-failed.ts";
import type { BuildResult } from "../builder/builder.ts";
import type { Claim } from "./agent-pool.ts";

const MANIFEST = "manifest.json";
const FILE = /^(?:manifest\.json|[0-9a-f]{64})$/;
const IMAGES = 20;
const manifestSchema = z.object({
  config: z.object({ digest: z.string() }),
  layers: z.array(z.object({ digest: z.string() })).max(1000),
});

/** Files of images that came whole: an agent whose connection broke sends the others. */
export async function listReceived(claim: Claim, index: number): Promise<string[]> {
  const names = await readdir(folderOf(claim, index)).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [];
    throw cause;
  });
  return names.filter((name) => FILE.test(name));
}

/** Keeps a file that is what its name says. Throws NOT_FOUND, BUILD_UPLOAD_INVALID. */
export async function receiveFile(
  claim: Claim,
  { index, file }: { readonly index: number; readonly file: string },
  bytes: Readable,
): Promise<void> {
  if (!FILE.test(file)) throw new ProblemError(PROBLEMS.NOT_FOUND);
  const folder = folderOf(claim, index);
  await mkdir(folder, { recursive: true });
  const part = join(folder, `.${file}.part`);
  const hashing = createHash("sha256");
  const most = claim.order.job.limits.diskBytes;
  const noting = async function* (pieces: AsyncIterable<Buffer>) {
    for await (const piece of pieces) {
      claim.uploaded += piece.length;
      if (claim.uploaded > most) throw invalid(`the image is larger than ${most} bytes`);
      hashing.update(piece);
      yield piece;
    }
  };
  try {
    const { signal } = claim.over;
    await pipeline(bytes, noting, createWriteStream(part, { mode: 0o600 }), { signal });
    if (file !== MANIFEST && hashing.digest("hex") !== file)
      throw invalid(`${file} came with other bytes`);
    await rename(part, join(folder, file));
  } finally {
    await rm(part, { force: true });
  }
}

/** What an agent says it has built, once all of it is here. Throws BUILD_UPLOAD_INVALID. */
export async function acceptImages(
  claim: Claim,
  images: readonly { readonly platform?: string | undefined; readonly digest: string }[],
): Promise<BuildResult | BuildFailed> {
  const { job, steps } = claim.order;
  if (images.length !== Math.max(1, job.platforms.length))
    return new BuildFailed("the agent did not build each platform");
  const accepted = [];
  for (const [index, { digest }] of images.entries()) {
    const folder = folderOf(claim, index);
    const bytes = await readFile(join(folder, MANIFEST)).catch((cause: unknown) => {
      throw new ProblemError(PROBLEMS.BUILD_UPLOAD_INVALID, { cause });
    });
    if (`sha256:${createHash("sha256").update(bytes).digest("hex")}` !== digest)
      throw invalid("the manifest is another than the agent says");
    const { config, layers } = readManifest(bytes);
    const here = new Set(await listReceived(claim, index));
    const missing = [config, ...layers].find((one) => !here.has(one.digest.slice(7)));
    if (missing !== undefined) throw invalid(`${missing.digest} did not come`);
    accepted.push({ platform: job.platforms[index], digest, folder });
  }
  return {
    images: accepted,
    steps: [...steps],
    cachedSteps: steps.filter(({ isCached }) => isCached).length,
    basesUsed: job.bases.map(({ reference, platform, digest }) => ({
      ...{ reference, platform, digest },
    })),
  };
}

function readManifest(bytes: Buffer): z.output<typeof manifestSchema> {
  try {
    return manifestSchema.parse(JSON.parse(bytes.toString("utf8")));
  } catch (cause) {
    throw new ProblemError(PROBLEMS.BUILD_UPLOAD_INVALID, { cause });
  }
}

/** Of one claim: what another agent sent before is never mixed with it. */
function folderOf({ id, order }: Claim, index: number): string {
  if (index >= IMAGES) throw new ProblemError(PROBLEMS.NOT_FOUND);
  return join(order.job.work, `${id}-${index}`);
}

function invalid(detail: string): ProblemError {
  return new ProblemError(PROBLEMS.BUILD_UPLOAD_INVALID, { detail });
}
