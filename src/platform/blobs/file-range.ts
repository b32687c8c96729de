import { read } from "node:fs";

/** What is on its way out: bytes `start` up to, not including, `end` of an open file. */
export interface FileRange {
  /** Stays open until the transfer has settled. */
  readonly file: { readonly fd: number };
  readonly start: number;
  readonly end: number;
}

/** The file ended before the range that was announced: it is damaged and must not be passed on as good. */
export class TruncatedFileError extends Error {
  override readonly name = "TruncatedFileError";

  constructor(position: number) {
    super(`the file ends at byte ${position}, before the range that was announced`);
  }
}

/** Reads up to `target.length` bytes from `position` without blocking the event loop; at least one, or it throws. */
export function readSome(range: FileRange, position: number, target: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = Math.min(target.length, range.end - position);
    read(range.file.fd, target, 0, length, position, (error, bytes) => {
      if (error) reject(error);
      else if (bytes === 0) reject(new TruncatedFileError(position));
      else resolve(bytes);
    });
  });
}
