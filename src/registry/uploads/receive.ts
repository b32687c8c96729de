import type { FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { RunningHash } from "./running-hash.ts";

export interface Reception {
  readonly source: Readable;
  readonly file: FileHandle;
  /** Where in the file the first byte goes. */
  readonly position: number;
  readonly hash: RunningHash | undefined;
  /** Called before bytes are written; throws to refuse them (too large, no room). */
  readonly beforeWrite: (bytes: number) => Promise<void>;
}

const BATCH_BYTES = 128 * 1024;
/** Started in the background this often, so that finishing a large upload does not wait for all its bytes at once. */
const SYNC_EVERY_BYTES = 16 * 1024 * 1024;

/**
 * Writes a request's bytes into a file as they come, in batches, hashing them on the way. Resolves with how many came
 * when the source ends, and rejects when it breaks off: then the bytes so far stand in the file.
 */
export async function receive(reception: Reception): Promise<number> {
  const { source, file, hash } = reception;
  let position = reception.position;
  let sinceSync = 0;
  let syncing: Promise<void> | undefined;
  let batch: Buffer[] = [];
  let batchBytes = 0;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      batch.push(chunk);
      batchBytes += chunk.length;
      if (batchBytes >= BATCH_BYTES) await flush();
    }
  } finally {
    await flush();
    await syncing;
  }
  return position - reception.position;

  async function flush(): Promise<void> {
    if (batchBytes === 0) return;
    const buffers = batch;
    const bytes = batchBytes;
    batch = [];
    batchBytes = 0;
    await reception.beforeWrite(bytes);
    await writeAll(file, { buffers, position });
    for (const buffer of buffers) hash?.update(buffer);
    position += bytes;
    sinceSync += bytes;
    if (sinceSync < SYNC_EVERY_BYTES) return;
    sinceSync = 0;
    // At most one sync is under way; its failure surfaces here, before anything is called durable.
    await syncing;
    syncing = file.datasync();
    syncing.catch(() => undefined);
  }
}

async function writeAll(
  file: FileHandle,
  content: { buffers: Buffer[]; position: number },
): Promise<void> {
  const total = content.buffers.reduce((sum, buffer) => sum + buffer.length, 0);
  const { bytesWritten } = await file.writev(content.buffers, content.position);
  if (bytesWritten === total) return;
  // A short write happens when the disk is nearly full; writing the rest tells the real reason.
  const rest = Buffer.concat(content.buffers).subarray(bytesWritten);
  for (let done = 0; done < rest.length; ) {
    const result = await file.write(
      rest,
      done,
      rest.length - done,
      content.position + bytesWritten + done,
    );
    done += result.bytesWritten;
  }
}
