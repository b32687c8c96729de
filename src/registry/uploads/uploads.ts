import type { Principal } from "../../access/index.ts";
import { type Digest, type DigestAlgorithm, digestAlgorithm } from "../../oci/digest.ts";
import { OciError } from "../../oci/error.ts";
import type { RepositoryName } from "../../oci/name.ts";
import { type Headroom, LostWriteError, type UploadStore } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { BlobCommits } from "../blobs/blob-commits.ts";
import type { PushQuota } from "../quotas/push-quota.ts";
import type { By } from "../store/repository-events.ts";
import type { RegistryTables } from "../store/tables.ts";
import { listExpiredUploads, listUploadsOf, type UploadRow } from "../store/uploads-store.ts";
import { type Chunk, receiveChunk } from "./chunk.ts";
import { hashUpload, RunningHashes } from "./running-hash.ts";
import type { UploadSessions } from "./upload-sessions.ts";

export interface UploadLimits {
  readonly expireAfterMs: number;
  readonly blobBytes: number;
}

interface UploadDeps {
  readonly database: Database<RegistryTables>;
  readonly store: UploadStore;
  readonly sessions: UploadSessions;
  readonly commits: BlobCommits;
  readonly headroom: Headroom;
  readonly quota: PushQuota;
  readonly limits: UploadLimits;
  readonly clock: () => Date;
  readonly randomId: () => string;
}

/** Whose upload: the session belongs to one repository and one principal. */
export interface UploadKey extends By {
  readonly id: string;
  readonly repository: RepositoryName;
  /** See `PushTarget`. */
  readonly repositoryId: number | undefined;
}

export interface UploadStart extends By {
  readonly repository: RepositoryName;
  readonly repositoryId: number | undefined;
  /** What unfinished sessions are counted by: the user, or the address of an anonymous client. */
  readonly countedFor: string;
  readonly algorithm?: DigestAlgorithm;
}

const RUNNING_HASH_LIMIT = 4096;

/** Upload sessions: bytes that arrive in one or many requests until they become a blob. */
export class Uploads {
  readonly #deps: UploadDeps;
  readonly #hashes = new RunningHashes(RUNNING_HASH_LIMIT);
  readonly #busy = new Set<string>();

  constructor(deps: UploadDeps) {
    this.#deps = deps;
  }

  /** Opens a session and answers its id. Throws TOOMANYREQUESTS, or StorageFullError. */
  async start(request: UploadStart): Promise<string> {
    const { sessions, limits, clock } = this.#deps;
    await this.#deps.headroom.assertRoomFor(0);
    const id = this.#deps.randomId();
    const now = clock();
    await sessions.open({
      id,
      repository: request.repository,
      repositoryId: request.repositoryId || undefined,
      principal: holderOf(request.principal),
      countedFor: request.countedFor,
      expiresAt: new Date(now.getTime() + limits.expireAfterMs),
      now,
    });
    this.#hashes.start(id, request.algorithm ?? "sha256");
    return id;
  }

  /** How many bytes have arrived. Throws BLOB_UPLOAD_UNKNOWN. */
  async status(key: UploadKey): Promise<number> {
    await this.#assertTheirs(key);
    return await this.#deps.store.size(key.id);
  }

  /** Appends a chunk and answers how many bytes there are now. A chunk out of order throws RANGE_INVALID. */
  async append(key: UploadKey, chunk: Chunk): Promise<number> {
    await this.#assertTheirs(key);
    using _turn = this.#takeTurn(key.id);
    const { sessions, clock, limits } = this.#deps;
    const size = await this.#receive(key, { chunk }).catch((cause) => this.#giveUp(key.id, cause));
    await sessions.keep(key.id, new Date(clock().getTime() + limits.expireAfterMs));
    return size;
  }

  /**
   * Appends the last chunk, if there is one, and makes the bytes a blob of the repository. Throws DIGEST_INVALID when
   * they are not what the client said; then the session is over and nothing was stored. Answers how many bytes it has.
   */
  async finish(key: UploadKey, request: { digest: Digest; chunk: Chunk }): Promise<number> {
    await this.#assertTheirs(key);
    using _turn = this.#takeTurn(key.id);
    const size = await this.#finish(key, request).catch((cause) => this.#giveUp(key.id, cause));
    this.#hashes.forget(key.id);
    return size;
  }

  async #finish(key: UploadKey, request: { digest: Digest; chunk: Chunk }): Promise<number> {
    const size = await this.#receive(key, request);
    await failPoint("upload.before-verify");
    await this.#assertDigest(key.id, { size, digest: request.digest });
    // An upload without bytes has no file yet, but a blob needs one.
    if (size === 0) (await this.#deps.store.openForAppend(key.id))[Symbol.dispose]();
    await this.#deps.commits.commit({
      digest: request.digest,
      size,
      repository: { name: key.repository, repositoryId: key.repositoryId },
      uploadId: key.id,
      by: key,
    });
    return size;
  }

  /**
   * After a failed sync the upload's bytes are worthless: a session that went on would end in a damaged blob. One that was
   * refused for a quota gives its room back at once, and so does one that stands still, until it goes on.
   */
  async #giveUp(id: string, cause: unknown): Promise<never> {
    const isRefused = cause instanceof OciError && cause.code === "QUOTA_EXCEEDED";
    const stays = !isRefused && !(cause instanceof LostWriteError);
    if (!stays || !(await this.#deps.quota.park(id))) await this.#drop(id);
    throw cause;
  }

  /** A blob sent whole in one POST: a session that nobody else ever sees. */
  async receiveWhole(request: UploadStart & { digest: Digest; chunk: Chunk }): Promise<number> {
    const algorithm = digestAlgorithm(request.digest);
    const id = await this.start({ ...request, algorithm });
    try {
      return await this.finish({ ...request, id }, request);
    } catch (cause) {
      await this.#drop(id);
      throw cause;
    }
  }

  async cancel(key: UploadKey): Promise<void> {
    await this.#assertTheirs(key);
    using _turn = this.#takeTurn(key.id);
    await this.#drop(key.id);
  }

  /** Removes sessions nobody has written to for too long; answers how many. */
  async expire(): Promise<number> {
    const { database, clock } = this.#deps;
    for (let removed = 0; ; ) {
      const ids = await listExpiredUploads(database.reader, { now: clock(), limit: 100 });
      const idle = ids.filter((id) => !this.#busy.has(id));
      for (const id of idle) await this.#drop(id);
      removed += idle.length;
      if (idle.length === 0) return removed;
    }
  }

  /** Ends the sessions of a repository that is gone, as far as they have rows; answers how many that were. */
  async endOf(repository: RepositoryId, limit: number): Promise<number> {
    const ids = await listUploadsOf(this.#deps.database.reader, repository, limit);
    const idle = ids.filter((id) => !this.#busy.has(id));
    for (const id of idle) await this.#drop(id);
    return idle.length;
  }

  /**
   * Removes bytes that no session knows: left by a crash between the file and its row. Looks only at files older than
   * `olderThanMs`, so that a blob on its way in is left alone. Answers how many.
   */
  async sweep(olderThanMs: number): Promise<number> {
    const { sessions, clock, store } = this.#deps;
    let removed = 0;
    for await (const { uploadId, changedAt } of store.list()) {
      if (clock().getTime() - changedAt.getTime() < olderThanMs) continue;
      if (this.#busy.has(uploadId)) continue;
      if ((await sessions.find(uploadId)) !== undefined) continue;
      await store.remove(uploadId);
      removed += 1;
    }
    return removed;
  }

  async #assertTheirs(key: UploadKey): Promise<void> {
    const row = await this.#deps.sessions.find(key.id);
    const isTheirs = row?.principal === holderOf(key.principal) && isOf(row, key);
    if (!isTheirs || row.expiresAt <= this.#deps.clock()) {
      throw new OciError("BLOB_UPLOAD_UNKNOWN", { upload: key.id });
    }
  }

  /** One writer at a time: a second request to the same session would interleave its bytes. */
  #takeTurn(id: string): Disposable {
    if (this.#busy.has(id)) {
      throw new OciError(
        "RANGE_INVALID",
        { upload: id },
        {
          message: "another request is writing to this upload; wait for its answer",
        },
      );
    }
    this.#busy.add(id);
    return { [Symbol.dispose]: () => this.#busy.delete(id) };
  }

  async #receive(
    key: UploadKey,
    { chunk, digest }: { readonly chunk: Chunk; readonly digest?: Digest },
  ): Promise<number> {
    const { store, headroom, limits, quota } = this.#deps;
    const { id } = key;
    // A session of this process without a byte so far has no file: looking for it would wait for those who make theirs.
    const size = this.#hashes.find(id, 0) === undefined ? await store.size(id) : 0;
    const hash = this.#hashes.find(id, size);
    const target = { name: key.repository, repositoryId: key.repositoryId };
    const announced = chunk.length ?? 0;
    const arrival = await quota.admit({ id, target, size, announced, digest, by: key });
    return await receiveChunk({ store, headroom, limits, arrival }, { id, size, hash, chunk });
  }

  async #assertDigest(id: string, claim: { size: number; digest: Digest }): Promise<void> {
    const algorithm = digestAlgorithm(claim.digest);
    const running = this.#hashes.find(id, claim.size);
    const found =
      running?.algorithm === algorithm
        ? running.digest()
        : await hashUpload(this.#deps.store, id, algorithm);
    if (found === claim.digest) return;
    await this.#drop(id);
    throw new OciError("DIGEST_INVALID", { expected: claim.digest, received: found });
  }

  async #drop(id: string): Promise<void> {
    this.#hashes.forget(id);
    await this.#deps.store.remove(id);
    await this.#deps.sessions.drop(id);
    this.#deps.quota.release(id);
  }
}

/** By id once there is one: what gets the name later gets no bytes that were meant for another. */
function isOf(row: Pick<UploadRow, "repository" | "repositoryId">, key: UploadKey): boolean {
  return row.repositoryId === undefined
    ? row.repository === key.repository
    : row.repositoryId === key.repositoryId;
}

/** By id where there are accounts: who registers a name anew does not get the uploads of its former owner. */
function holderOf({ kind, name, accountId, credential }: Principal): string {
  if (accountId === undefined) return name;
  return kind === "robot" ? `robot ${credential?.id ?? name}` : `account ${accountId}`;
}
