import { finished, type Readable } from "node:stream";
import { BatchWriter } from "./batch-writer.ts";

/** More arrived than the caller allows; what was written up to there is in the file. */
export class TooManyBytesError extends Error {
  override readonly name = "TooManyBytesError";

  constructor(limitBytes: number) {
    super(`more than ${limitBytes} bytes arrived`);
  }
}

export interface FileReception {
  readonly source: Readable;
  /** Nobody else writes to it meanwhile; stays open until the reception has settled. */
  readonly file: { readonly fd: number };
  /** Where the first byte goes. */
  readonly position: number;
  /** Are fed with every byte in order, as it passes. */
  readonly hashes: readonly { update(chunk: Buffer): unknown }[];
  readonly limitBytes: number;
  /** Called before bytes are written; rejects to refuse them, for example for want of room. */
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
  const { source, hashes, limitBytes } = reception;
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let hasStopped = false;
    const writer = new BatchWriter({
      file: reception.file,
      position: reception.position,
      beforeWrite: reception.beforeWrite,
      onRoom: () => hasStopped || source.resume(),
      onFailure: () => stop(() => undefined),
    });
    const unwatch = finished(source, { writable: false }, (error) => {
      stop(() => resolve({ bytes, interruption: error ?? undefined }));
    });
    source.on("data", take);

    function take(chunk: Buffer): void {
      if (bytes + chunk.length > limitBytes) {
        stop(() => reject(new TooManyBytesError(limitBytes)));
        return;
      }
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
