import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import {
  access,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Descriptor } from "../../../oci/descriptor.ts";
import { type Digest, digestHex, toDigest } from "../../../oci/digest.ts";
import { type Manifest, parseManifest } from "../../../oci/manifest.ts";
import { BuildFailed } from "../build-failed.ts";

/** Where an image comes from: this hub, or another registry. */
export interface BaseSource {
  /** By a tag or a digest. Throws BuildFailed. */
  readManifest(
    reference: string,
  ): Promise<{ readonly bytes: Buffer; readonly mediaType: string | undefined }>;
  openBlob(digest: Digest): Promise<Readable>;
}

interface PullOrder {
  readonly source: BaseSource;
  readonly reference: string;
  /** `linux/arm64`, `linux/arm/v7`. */
  readonly platform: string;
  readonly limitBytes: number;
  readonly signal: AbortSignal;
}

interface PulledBase {
  readonly digest: Digest;
  readonly folder: string;
  readonly size: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const KEPT_MS = 7 * DAY_MS;

/** Images that builds are based on, as files, one folder for each: what one build pulled the next one has. */
export class BaseFolders {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** The digest is that of what the reference names, which may be an index; the size, what had to be fetched. Throws BuildFailed. */
  async pull(order: PullOrder): Promise<PulledBase> {
    const named = await this.#read(order, order.reference);
    const chosen =
      named.manifest.kind === "image"
        ? named
        : await this.#read(order, choosePlatform(named.manifest, order.platform).digest);
    if (chosen.manifest.kind !== "image" || chosen.manifest.config === undefined)
      throw new BuildFailed("it is an artifact, and no image");
    const folder = join(this.#root, digestHex(chosen.digest));
    const isThere = await access(folder).then(
      () => true,
      () => false,
    );
    const now = new Date();
    if (isThere) await utimes(folder, now, now);
    const size = isThere ? 0 : await this.#download(order, chosen, folder);
    return { digest: named.digest, folder, size };
  }

  /** Removes what no build has used for a week. */
  async tidy(now: Date): Promise<void> {
    for (const name of await readdir(this.#root).catch(() => [])) {
      const folder = join(this.#root, name);
      const { mtimeMs } = await stat(folder);
      if (now.getTime() - mtimeMs > KEPT_MS) await rm(folder, { recursive: true, force: true });
    }
  }

  async #read({ source }: PullOrder, reference: string) {
    const { bytes, mediaType } = await source.readManifest(reference);
    const digest = toDigest("sha256", createHash("sha256").update(bytes).digest("hex"));
    if (reference.startsWith("sha256:") && digest !== reference)
      throw new BuildFailed("the registry sent something else");
    return { bytes, digest, manifest: parseManifest({ bytes, contentType: mediaType }) };
  }

  /** Whole, or not there: it gets its name once all of it has come. */
  async #download(
    { source, limitBytes, signal }: PullOrder,
    { bytes, manifest }: { readonly bytes: Buffer; readonly manifest: Manifest },
    folder: string,
  ): Promise<number> {
    await mkdir(this.#root, { recursive: true });
    const blobs = [manifest.config, ...manifest.layers].filter((one) => one !== undefined);
    const size = blobs.reduce((sum, blob) => sum + blob.size, 0);
    if (size > limitBytes)
      throw new BuildFailed(`it has ${size} bytes, more than a build may take (builds.disk)`);
    const part = await mkdtemp(join(this.#root, "part-"));
    try {
      for (const blob of blobs) await saveBlob({ source, blob, folder: part, signal });
      await writeFile(join(part, "version"), "Directory Transport Version: 1.1\n");
      await writeFile(join(part, "manifest.json"), bytes);
      await rename(part, folder).catch(async (cause: NodeJS.ErrnoException) => {
        // Another build was faster.
        if (cause.code !== "ENOTEMPTY" && cause.code !== "EEXIST") throw cause;
        await rm(part, { recursive: true, force: true });
      });
      return size;
    } catch (cause) {
      await rm(part, { recursive: true, force: true });
      throw cause;
    }
  }
}

function choosePlatform(index: Manifest, platform: string): Descriptor {
  const [os, architecture, variant] = platform.split("/");
  const fitting = index.children.filter(
    (child) => child.platform?.os === os && child.platform?.architecture === architecture,
  );
  const found =
    fitting.find((child) => variant === undefined || child.platform?.variant === variant) ??
    (variant === undefined ? fitting[0] : undefined);
  if (found === undefined) throw new BuildFailed(`it is not there for ${platform}`);
  return found;
}

async function saveBlob(wish: {
  readonly source: BaseSource;
  readonly blob: Descriptor;
  readonly folder: string;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { source, blob, folder, signal } = wish;
  const hash = createHash("sha256");
  let size = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(size > blob.size ? new BuildFailed("a layer is larger than it says") : null, chunk);
    },
  });
  const target = createWriteStream(join(folder, digestHex(blob.digest)));
  await pipeline(await source.openBlob(blob.digest), check, target, { signal });
  if (toDigest("sha256", hash.digest("hex")) !== blob.digest)
    throw new BuildFailed("a layer is not what its digest says");
}
