import { IncomingMessage } from "node:http";
import { finished, type Readable } from "node:stream";
import { BatchWriter } from "./batch-writer.ts";

export interface FileReception {
  readonly source: Readable;
  /** Nobody else writes to it meanwhile; stays open until the reception has settled. */
  readonly file: { readonly fd: number };
  /** Where the first byte goes. */
  readonly position: number;
  /** Are fed with every byte in order, as it passes. */
  readonly hashes: readonly { update(chunk: Buffer): unknown }[];
  /** Called before bytes are written; rejects to refuse them: there are too many, or there is no room. */
  readonly beforeWrite: (bytes: number) => Promise<void>;
}

export interface ReceivedFile {
  /** Written to the file, and seen by the hashes. Not all synced yet: that is for whoever commits the file. */
  readonly bytes: number;
  /** Why the source ended early; undefined when all of it arrived. */
  readonly interruption: Error | undefined;
}

/**
 * Writes a stream to a file. Rejects when the file cannot be written or synced: its content is worthless then, however
 * well later calls go. An interrupted source is not an error: what arrived is in the file and can be continued.
 */
export function receiveFile(reception: FileReception): Promise<ReceivedFile> {
  const { source, hashes } = reception;
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let hasStopped = false;
    const writer = new BatchWriter({
      file: reception.file,
      position: reception.position,
      beforeWrite: reception.beforeWrite,
      onWritten: source instanceof IncomingMessage ? freeMemory : keepMemory,
      onRoom: () => hasStopped || source.resume(),
      onFailure: () => stop(() => undefined),
    });
    const unwatch = finished(source, { writable: false }, (error) => {
      stop(() => resolve({ bytes, interruption: error ?? undefined }));
    });
    source.on("data", take);

    function take(chunk: Buffer): void {
      bytes += chunk.length;
      for (const hash of hashes) hash.update(chunk);
      if (!writer.add(chunk)) source.pause();
    }

    function stop(settle: () => void): void {
      if (hasStopped) return;
      hasStopped = true;
      unwatch();
      source.off("data", take);
      source.pause();
      writer.finish().then(settle, reject);
    }
  });
}

/**
 * Node makes a buffer for each piece of a body and nobody but us gets to see it. Waiting for the garbage collector would
 * let 60 MiB of them pile up, and every new one would be memory that the processor's caches have not seen.
 */
function freeMemory(chunks: readonly Buffer[]): void {
  for (const { buffer, byteLength } of chunks) {
    const isAllOfIt = buffer.byteLength === byteLength;
    if (isAllOfIt && buffer instanceof ArrayBuffer) buffer.transfer(0);
  }
}

/** Another source may look at its pieces again. */
function keepMemory(): void {}
