import type { Readable } from "node:stream";
import type { Digest } from "../../oci/digest.ts";
import type { OpenFile } from "./open-files.ts";

/**
 * Immutable content by digest. The store is not trusted: what it holds is checked against the digest when it enters,
 * when it is first read and by the scrubber. Writes are durable (file and name) once they return. Every driver
 * passes `describeBlobStore`.
 */
export interface BlobStore {
  /** Opens the bytes `start` to `end` (inclusive); undefined if the blob is not there. */
  read(digest: Digest, range?: { start: number; end: number }): Promise<Readable | undefined>;
  size(digest: Digest): Promise<number | undefined>;
  /** Stores bytes that the caller has checked against `digest`. Replaces what stood there, so a rotten copy heals. */
  write(digest: Digest, content: Uint8Array): Promise<void>;
  /** Takes a finished upload over under its digest, which the caller has checked. Replaces what stood there. */
  adopt(digest: Digest, uploadId: string): Promise<void>;
  /** Removing what is not there is not an error. */
  remove(digest: Digest): Promise<void>;
}

/** A file that bytes are appended to; disposing of it closes it. */
export interface UploadFile extends Disposable {
  readonly fd: number;
}

/** Bytes of uploads that are not finished. Appended bytes survive a crash of the program, not a power cut. */
export interface UploadStore {
  /** How many bytes have arrived; 0 for an upload that has none yet. */
  size(uploadId: string): Promise<number>;
  /** Opens the upload for appending at its end. One writer at a time: the caller holds the upload's lock. */
  openForAppend(uploadId: string): Promise<UploadFile>;
  read(uploadId: string): Promise<Readable | undefined>;
  remove(uploadId: string): Promise<void>;
  /** Every upload that has bytes, for the clean-up of what no session knows. Never used by a request. */
  list(): AsyncIterable<{ uploadId: string; changedAt: Date }>;
}

/** A store whose blobs are files of this machine: they can be sent by the kernel or by a web server in front. */
export interface LocalBlobs {
  /** The blob's file and what identifies this very copy of it; undefined if it is not there. */
  openFile(digest: Digest): Promise<LocalBlob | undefined>;
  /** The same without waiting for anything, for blobs that were opened lately; undefined for all others. */
  openKeptFile(digest: Digest): LocalBlob | undefined;
  /** What `openFile` would tell as the identity, for a blob that was stored just now; undefined if it is gone. */
  identity(digest: Digest): string | undefined;
  /** Where the blob lies below the store's root, with `/` between segments. */
  relativePath(digest: Digest): string;
}

export type LocalBlob = OpenFile;

/** What the scrubber needs beyond reading: the whole inventory, and a place for what is rotten. */
export interface BlobInventory {
  /** Every blob file, for the scrubber and fsck. Never used by a request. */
  list(): AsyncIterable<{ digest: Digest; size: number; changedAt: Date }>;
  /** Moves a blob out of sight but keeps its bytes for a person to look at. */
  quarantine(digest: Digest): Promise<void>;
}
