import { createHash, type Hash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Digest, digestAlgorithm, toDigest } from "../../oci/digest.ts";
import { OciError } from "../../oci/error.ts";
import type { FileSender, LocalBlob, LocalBlobs } from "../../platform/blobs/index.ts";
import type { Quarantine } from "./quarantine.ts";
import type { VerifiedCopies } from "./verified-copies.ts";

interface BlobSenderDeps {
  readonly blobs: LocalBlobs;
  readonly files: FileSender;
  readonly verified: VerifiedCopies;
  readonly quarantine: Quarantine;
  /** The address prefix of nginx's internal location, when nginx sends the bytes. */
  readonly accelRedirect: string | undefined;
}

export interface BlobTransfer {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly digest: Digest;
  /** What the database says the blob holds. */
  readonly size: number;
  /** The bytes to send: from `start` up to, not including, `end`. */
  readonly start: number;
  readonly end: number;
  readonly status: number;
  readonly headers: Record<string, string | number>;
}

/** The last bytes of an unverified blob wait for its hash, so that a damaged one never ends cleanly. */
const READ_BYTES = 256 * 1024;

/** Sends blobs, and never a damaged one as good. */
export class BlobSender {
  readonly #deps: BlobSenderDeps;

  constructor(deps: BlobSenderDeps) {
    this.#deps = deps;
  }

  /**
   * The blob's file, if it is open already, whole, and known to match the digest; undefined asks for `send`, which finds
   * out. Never waits.
   */
  openKept(digest: Digest, size: number): LocalBlob | undefined {
    if (this.#deps.accelRedirect !== undefined) return undefined;
    const copy = this.#deps.blobs.openKeptFile(digest);
    if (copy === undefined) return undefined;
    if (copy.size === size && this.#deps.verified.isVerified(digest, copy.identity)) return copy;
    void copy[Symbol.asyncDispose]();
    return undefined;
  }

  /** Opens the file of a blob that is about to be asked for again. */
  async warm(digest: Digest): Promise<void> {
    if (this.#deps.accelRedirect !== undefined) return;
    await using _copy = await this.#deps.blobs.openFile(digest);
  }

  /** Throws BLOB_UNKNOWN when the bytes are gone or damaged: the client then pushes or pulls them elsewhere. */
  async send(transfer: BlobTransfer): Promise<void> {
    const { digest, size } = transfer;
    await using copy = await this.#deps.blobs.openFile(digest);
    if (copy?.size !== size) {
      const why = copy === undefined ? "its file is gone" : `its file has ${copy.size} bytes`;
      return await this.#refuse(digest, `${why}, not ${size}`);
    }
    const isWhole = transfer.end - transfer.start === size;
    const isVerified = this.#deps.verified.isVerified(digest, copy.identity);
    if (!isVerified && isWhole && this.#deps.accelRedirect === undefined) {
      return await this.#sendWhileHashing(transfer, copy);
    }
    if (!isVerified && !(await this.#deps.verified.verify(digest, copy))) {
      return await this.#refuse(digest, "its bytes do not match its digest");
    }
    await this.#sendVerified(transfer, copy);
  }

  async #sendVerified(transfer: BlobTransfer, copy: LocalBlob): Promise<void> {
    const { response, start, end } = transfer;
    const prefix = this.#deps.accelRedirect;
    if (prefix !== undefined) {
      const path = this.#deps.blobs.relativePath(transfer.digest);
      const { "Content-Length": _length, "Content-Range": _range, ...headers } = transfer.headers;
      // nginx cuts the range itself, from the request that it has in hand.
      response.writeHead(200, { ...headers, "X-Accel-Redirect": `${prefix}${path}` }).end();
      return;
    }
    response.writeHead(transfer.status, transfer.headers);
    await this.#deps.files.send(response, { file: copy.handle, start, end });
  }

  /** The first pull of a copy proves it: the end of the answer is held back until the hash is known. */
  async #sendWhileHashing(transfer: BlobTransfer, copy: LocalBlob): Promise<void> {
    const { response, digest } = transfer;
    const algorithm = digestAlgorithm(digest);
    const hash = createHash(algorithm);
    response.writeHead(transfer.status, transfer.headers);
    const rest = await pourAllButLast(response, { copy, hash });
    if (rest === "client left") return;
    if (toDigest(algorithm, hash.digest("hex")) === digest) {
      this.#deps.verified.remember(digest, copy.identity);
      response.end(rest);
      return;
    }
    response.destroy();
    await this.#deps.quarantine(digest, "its bytes do not match its digest");
  }

  async #refuse(digest: Digest, why: string): Promise<never> {
    await this.#deps.quarantine(digest, why);
    throw new OciError(
      "BLOB_UNKNOWN",
      { digest },
      { message: "the registry's copy of this blob is damaged; push it again" },
    );
  }
}

/** Writes all but the last block, which it answers: the caller decides whether the client gets that one. */
async function pourAllButLast(
  response: ServerResponse,
  source: { copy: LocalBlob; hash: Hash },
): Promise<Buffer | "client left"> {
  const { copy, hash } = source;
  let held: Buffer = Buffer.alloc(0);
  for (let position = 0; position < copy.size; ) {
    const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, copy.size - position));
    const { bytesRead } = await copy.handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) break;
    position += bytesRead;
    const block = buffer.subarray(0, bytesRead);
    hash.update(block);
    if (response.destroyed) return "client left";
    if (held.length > 0 && !response.write(held)) await drained(response);
    held = block;
  }
  return held;
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}
