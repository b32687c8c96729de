/** The files that an image was written into: an archive's or a directory's. Names come from the image and are never trusted. */
export interface ImageFiles {
  readonly location: string;
  /** Undefined if there is none; throws ImageUnreadable if it is larger. */
  read(name: string, maxBytes: number): Promise<Buffer | undefined>;
  /** Undefined if there is none. */
  open(name: string): Promise<AsyncIterable<Buffer> | undefined>;
  [Symbol.asyncDispose](): Promise<void>;
}
