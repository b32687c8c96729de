import { type ChildProcess, spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { LAYER_LIMITS } from "../layers/layer-limits.ts";
import { LayerRefused } from "../layers/layer-refused.ts";
import { plainArchive } from "../layers/plain-archive.ts";
import { type TarEntry, TarWalker, type Wanted } from "../layers/tar-walker.ts";

const MAGIC = "!<arch>\n";
const HEADER_BYTES = 60;
const MAX_MEMBERS = 16;
const MAX_CHANGELOG = 32 * 1024 * 1024;

/** A .deb that cannot be read, and why. */
export class DebUnreadable extends Error {
  override readonly name = "DebUnreadable";
}

interface Member {
  readonly name: string;
  readonly start: number;
  readonly size: number;
}

/** The changelog that a .deb carries; undefined for one that has none of its own. Throws DebUnreadable. */
export async function readDebChangelog(
  file: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const data = await findData(file);
  const end = data.start + data.size - 1;
  const stream = createReadStream(file, { start: data.start, end, highWaterMark: 256 * 1024 });
  try {
    const packed = data.name.endsWith(".xz") ? unpackXz(stream) : stream;
    return await findChangelog(packed as AsyncIterable<Buffer>, signal);
  } catch (cause) {
    if (cause instanceof LayerRefused) throw new DebUnreadable(cause.message, { cause });
    throw cause;
  } finally {
    stream.destroy();
  }
}

/** deb(5): an ar archive, of whose members data.tar is the files. */
async function findData(file: string): Promise<Member> {
  await using handle = await open(file, "r");
  const { size } = await handle.stat();
  if ((await readText(handle, 0, MAGIC.length)) !== MAGIC) throw new DebUnreadable("it is no .deb");
  let at = MAGIC.length;
  for (let count = 0; count < MAX_MEMBERS && at + HEADER_BYTES <= size; count += 1) {
    const header = await readText(handle, at, HEADER_BYTES);
    const bytes = Number(header.slice(48, 58));
    if (!header.endsWith("`\n") || !Number.isSafeInteger(bytes) || bytes < 0) break;
    const name = header.slice(0, 16).trim().replace(/\/$/, "");
    const start = at + HEADER_BYTES;
    if (name.startsWith("data.tar")) {
      if (start + bytes > size) throw new DebUnreadable("it is cut off");
      return { name, start, size: bytes };
    }
    at = start + bytes + (bytes % 2);
  }
  throw new DebUnreadable("it has no files");
}

async function readText(handle: FileHandle, at: number, length: number): Promise<string> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at);
  return buffer.toString("latin1", 0, bytesRead);
}

async function findChangelog(
  packed: AsyncIterable<Buffer>,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const found: { debian?: string; native?: string } = {};
  const walker = new TarWalker((entry) => wantChangelog(entry, found), LAYER_LIMITS);
  for await (const chunk of plainArchive(packed, LAYER_LIMITS)) {
    signal?.throwIfAborted();
    walker.push(chunk);
    if (found.debian !== undefined || walker.hasEnded) break;
  }
  if (found.debian === undefined) walker.finish();
  return found.debian ?? found.native;
}

/** `changelog.Debian.gz`; packages that are of Debian alone have `changelog.gz`, which is upstream's where both are there. */
function wantChangelog(
  { path, kind, size }: TarEntry,
  found: { debian?: string; native?: string },
): Wanted | undefined {
  const named = /^usr\/share\/doc\/[^/]+\/changelog(\.Debian)?(\.gz)?$/.exec(path);
  if (named === null || kind !== "file" || size > MAX_CHANGELOG) return undefined;
  const [, own, packed] = named;
  return {
    take: (content) => {
      const plain =
        packed === undefined ? content : gunzipSync(content, { maxOutputLength: MAX_CHANGELOG });
      found[own === undefined ? "native" : "debian"] = plain.toString("utf8");
    },
  };
}

/** Node cannot unpack xz, which most packages are packed with; the tool of that name is everywhere where packages are. */
async function* unpackXz(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const tool = spawn("xz", ["--decompress", "--stdout", "--memlimit=256MiB"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = new Promise<number>((resolve, reject) => {
    tool.once("error", (cause) =>
      reject(new DebUnreadable("it is packed with xz, and there is no program xz here", { cause })),
    );
    tool.once("close", (code) => resolve(code ?? 1));
  });
  const fed = feed(tool, packed);
  try {
    yield* tool.stdout as AsyncIterable<Buffer>;
    await fed;
    if ((await ended) !== 0) throw new DebUnreadable("its xz is damaged");
  } finally {
    tool.kill();
    await Promise.allSettled([fed, ended]);
  }
}

/** Whoever reads may stop before the end, and the tool with it. */
async function feed(tool: ChildProcess, packed: AsyncIterable<Buffer>): Promise<void> {
  const { stdin } = tool;
  if (stdin === null) return;
  let isClosed = false;
  stdin.on("error", () => {
    isClosed = true;
  });
  for await (const chunk of packed) {
    if (isClosed || stdin.destroyed) return;
    if (!stdin.write(chunk)) await Promise.race([once(stdin, "drain"), once(stdin, "close")]);
  }
  stdin.end();
}

function once(stream: NodeJS.EventEmitter, event: string): Promise<void> {
  return new Promise((resolve) => stream.once(event, () => resolve()));
}
