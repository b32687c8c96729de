import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as zlib from "node:zlib";
import { FeedError } from "../record.ts";
import { readZipDocuments, ZIP_START } from "./zip-documents.ts";

const MAX_BYTES = 8 * 1024 ** 3;
const SAMPLE_BYTES = 16 * 1024;

/**
 * The bytes of a file without their compression: brotli by its name, gzip and zstd by their first bytes. Of a zip archive its JSON
 * documents, one a line.
 */
export async function* openFeed(path: string): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of openPacked(path)) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new FeedError("it is larger than 8 GiB unpacked");
    yield chunk;
  }
}

async function* openPacked(path: string): AsyncGenerator<Uint8Array> {
  const begin = await readStart(path);
  if (begin.startsWith(ZIP_START)) {
    yield* readZipDocuments(path);
    return;
  }
  const unpack = chooseUnpacking(path, begin);
  const file = createReadStream(path, { highWaterMark: 256 * 1024 });
  const stream: Readable = unpack === undefined ? file : file.pipe(unpack());
  // Errors of the file do not pass through a pipe by themselves.
  file.on("error", (cause) => stream.destroy(cause));
  try {
    yield* stream as AsyncIterable<Buffer>;
  } finally {
    file.destroy();
    stream.destroy();
  }
}

/** How a feed begins: its format is known by it. */
export async function readSample(path: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of openFeed(path)) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= SAMPLE_BYTES) break;
  }
  return Buffer.concat(chunks).toString("utf8", 0, SAMPLE_BYTES);
}

export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

function chooseUnpacking(path: string, start: string): (() => Transform) | undefined {
  if (path.endsWith(".br")) return () => zlib.createBrotliDecompress();
  if (start.startsWith("1f8b")) return () => zlib.createGunzip();
  if (start.startsWith("28b52ffd")) return () => zlib.createZstdDecompress();
  if (start.startsWith("425a68") || start.startsWith("fd377a585a00"))
    throw new FeedError("it is packed with bzip2 or xz: unpack it first");
  return undefined;
}

async function readStart(path: string): Promise<string> {
  await using file = await open(path, "r");
  const { buffer, bytesRead } = await file.read(Buffer.alloc(6), 0, 6, 0);
  return buffer.toString("hex", 0, bytesRead);
}
