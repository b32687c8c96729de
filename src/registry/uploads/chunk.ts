import type { Readable } from "node:stream";
import type { ContentRange } from "../../oci/content-range.ts";
import { OciError } from "../../oci/error.ts";
import { type Headroom, receiveFile, type UploadStore } from "../../platform/blobs/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import type { Arrival } from "../quotas/push-quota.ts";
import type { RunningHash } from "./running-hash.ts";

export interface Chunk {
  readonly source: Readable;
  /** Where the client says the chunk belongs; undefined for a stream that goes on at the end. */
  readonly range: ContentRange | undefined;
  /** The announced length of the body; undefined when it is sent in chunked encoding. */
  readonly length: number | undefined;
}

interface ChunkDeps {
  readonly store: UploadStore;
  readonly headroom: Headroom;
  readonly limits: { readonly blobBytes: number };
  /** Counts what arrives. */
  readonly arrival: Arrival;
}

interface ChunkTarget {
  readonly id: string;
  /** How many bytes the upload has. */
  readonly size: number;
  readonly hash: RunningHash | undefined;
  readonly chunk: Chunk;
}

/** Appends a chunk to the upload's file; answers the new size. What arrived before a break stays. */
export async function receiveChunk(deps: ChunkDeps, target: ChunkTarget): Promise<number> {
  const { chunk, size } = target;
  assertInOrder(chunk, size);
  if (chunk.length === 0) return size;
  assertSize(deps, size + (chunk.length ?? 0));
  await deps.headroom.assertRoomFor(chunk.length ?? 0);
  using file = await deps.store.openForAppend(target.id);
  const received = await receiveFile({
    source: chunk.source,
    file,
    position: size,
    hashes: target.hash === undefined ? [] : [target.hash],
    beforeWrite: createGate(deps, target),
  });
  if (received.interruption !== undefined) throw received.interruption;
  const isWhole = chunk.range === undefined || received.bytes === lengthOf(chunk.range);
  if (!isWhole) throw sizeMismatch(chunk);
  return size + received.bytes;
}

function createGate(deps: ChunkDeps, target: ChunkTarget): (bytes: number) => Promise<void> {
  const { chunk, size } = target;
  let arrived = 0;
  return async (bytes) => {
    arrived += bytes;
    assertSize(deps, size + arrived);
    if (chunk.range !== undefined && arrived > lengthOf(chunk.range)) throw sizeMismatch(chunk);
    await failPoint("upload.append");
    await deps.arrival.grow(bytes);
    await deps.headroom.assertRoomFor(bytes);
  };
}

function assertInOrder(chunk: Chunk, size: number): void {
  const { range, length } = chunk;
  if (range === undefined) return;
  if (length !== undefined && length !== lengthOf(range)) throw sizeMismatch(chunk);
  if (range.start === size) return;
  throw new OciError(
    "RANGE_INVALID",
    { offset: size, start: range.start },
    { message: `the next chunk must start at byte ${size}, this one starts at ${range.start}` },
  );
}

function assertSize(deps: ChunkDeps, bytes: number): void {
  const limit = deps.limits.blobBytes;
  if (bytes <= limit) return;
  throw new OciError(
    "BLOB_TOO_LARGE",
    { limit },
    { message: `a layer may hold at most ${limit} bytes here` },
  );
}

function lengthOf(range: ContentRange): number {
  return range.end - range.start + 1;
}

function sizeMismatch(chunk: Chunk): OciError {
  return new OciError("SIZE_INVALID", { contentLength: chunk.length ?? null, range: chunk.range });
}
