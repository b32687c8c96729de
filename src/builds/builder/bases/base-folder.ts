import { createHash, randomUUID } from "node:crypto";
import { createWriteStream, renameSync } from "node:fs";
import { access, mkdir, readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
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
  /** Until it is disposed of, what was pulled stays. */
  readonly held: DisposableStack;
  readonly signal: AbortSignal;
}

interface PulledBase {
  readonly digest: Digest;
  readonly folder: string;
  readonly size: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const KEPT_MS = 7 * DAY_MS;
/** Under what name an image lies that is there as a whole. */
const WHOLE = /^[0-9a-f]{64}(?:[0-9a-f]{64})?$/;

/**
 * Images that builds are based on, as files, one folder for each: what one build pulled the next one has. What was used longest ago
 * goes where they take too much, and nothing that a build uses.
 */
export class BaseFolders {
  readonly #root: string;
  readonly #limitBytes: number;
  /** How many builds use a folder, or are about to. */
  readonly #used = new Map<string, number>();
  /** What is being pulled. */
  readonly #parts = new Set<string>();

  constructor(root: string, limitBytes: number) {
    this.#root = root;
    this.#limitBytes = limitBytes;
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
    const name = digestHex(chosen.digest);
    const folder = join(this.#root, name);
    // Held before it is looked for: what is there then stays.
    order.held.use(this.#hold(name));
    const isThere = await access(folder).then(
      () => true,
      () => false,
    );
    const now = new Date();
    if (isThere) await utimes(folder, now, now);
    if (isThere) return { digest: named.digest, folder, size: 0 };
    const size = await this.#download(order, chosen, folder);
    await this.#trim();
    return { digest: named.digest, folder, size };
  }

  /** Removes what no build has used for a week, what is more than may be kept, and what a hub before was about to pull or to remove. */
  async tidy(now: Date): Promise<void> {
    for (const name of await listNames(this.#root))
      if (!WHOLE.test(name) && !this.#parts.has(name))
        await rm(join(this.#root, name), { recursive: true, force: true });
    for (const { name, usedAt } of await this.#list())
      if (now.getTime() - usedAt > KEPT_MS) await this.#remove(name);
    await this.#trim();
  }

  #hold(name: string): Disposable {
    this.#used.set(name, (this.#used.get(name) ?? 0) + 1);
    return {
      [Symbol.dispose]: () => {
        const rest = (this.#used.get(name) ?? 1) - 1;
        if (rest > 0) this.#used.set(name, rest);
        else this.#used.delete(name);
      },
    };
  }

  async #trim(): Promise<void> {
    const all = await this.#list();
    let total = all.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { name, bytes } of all) {
      if (total <= this.#limitBytes) return;
      if (await this.#remove(name)) total -= bytes;
    }
  }

  /** False for what a build uses. */
  async #remove(name: string): Promise<boolean> {
    if (this.#used.has(name)) return false;
    const gone = join(this.#root, `gone-${randomUUID()}`);
    try {
      // At once: no build can begin to hold it in between.
      renameSync(join(this.#root, name), gone);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    }
    await rm(gone, { recursive: true, force: true });
    return true;
  }

  /** What was used longest ago comes first. */
  async #list(): Promise<{ name: string; usedAt: number; bytes: number }[]> {
    const found = [];
    for (const name of await listNames(this.#root)) {
      if (!WHOLE.test(name)) continue;
      const folder = join(this.#root, name);
      const { mtimeMs: usedAt } = await statOf(folder);
      let bytes = 0;
      for (const file of await listNames(folder)) bytes += (await statOf(join(folder, file))).size;
      found.push({ name, usedAt, bytes });
    }
    return found.sort((a, b) => a.usedAt - b.usedAt);
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
    const partName = `part-${randomUUID()}`;
    const part = join(this.#root, partName);
    this.#parts.add(partName);
    try {
      // The sandbox of builds is another user's: it has to read this, and sees nothing of what lies around it.
      await mkdir(part, { mode: 0o755 });
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
    } finally {
      this.#parts.delete(partName);
    }
  }
}

/** What is gone meanwhile holds nothing. */
async function listNames(folder: string): Promise<string[]> {
  return await readdir(folder).catch(unlessAbsent([]));
}

async function statOf(path: string): Promise<{ readonly size: number; readonly mtimeMs: number }> {
  return await stat(path).catch(unlessAbsent({ size: 0, mtimeMs: 0 }));
}

function unlessAbsent<Value>(value: Value): (cause: NodeJS.ErrnoException) => Value {
  return (cause) => {
    if (cause.code !== "ENOENT") throw cause;
    return value;
  };
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
