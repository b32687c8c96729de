import type { Logger } from "pino";
import type { NamespaceTables } from "../../namespaces/index.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { rootOfCompanion } from "../../oci/referrers.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import { findManifestOf } from "../../registry/index.ts";
import { listSignatureEntries } from "../signature-entries.ts";
import { SignatureError } from "../signature-error.ts";
import { listNamesOf } from "../store/anchors-store.ts";
import {
  addSignature,
  type DueSignature,
  type Finding,
  findManifestRow,
  forgetSignature,
  keepFinding,
  listDueSignatures,
  listGoneSignatures,
  listNewManifests,
  listNewTags,
  readPosition,
  wakeSignatures,
  writePosition,
} from "../store/signatures-store.ts";
import type { SigningTables } from "../tables.ts";
import type { Trust } from "../trust.ts";
import { SIGNATURE_BYTES, verifyEntry } from "../verify-entry.ts";
import type { TrustInForce } from "./trust-in-force.ts";

type Tables = SigningTables & NamespaceTables;

export interface SignatureWorkerDeps {
  readonly database: Database<Tables>;
  readonly blobs: Pick<BlobStore, "read" | "size">;
  readonly trust: TrustInForce;
  readonly clock: () => Date;
  readonly log: Logger;
}

const PAGE = 500;
const DUE = 50;
/** Larger claims are read from their blob by whoever wants them. */
const PREDICATE_CHARACTERS = 64 * 1024;
const ARRIVALS = "arrivals";
const MOVES = "moves";

type Row = Parameters<typeof addSignature>[1];

/**
 * Follows what arrives in the registry, by the ids of manifests and of moves of tags, and verifies the signatures among it.
 * How far it has come is in rows: a hub that is killed goes on where it was.
 */
export class SignatureWorker {
  readonly #deps: SignatureWorkerDeps;
  #seenVersion: number | undefined;

  constructor(deps: SignatureWorkerDeps) {
    this.#deps = deps;
  }

  /** Costs next to nothing while nobody writes. */
  async work(signal: AbortSignal): Promise<void> {
    const version = this.#deps.database.version();
    if (version === this.#seenVersion) return;
    while (!signal.aborted && (await this.#followManifests()));
    while (!signal.aborted && (await this.#followTags()));
    while (!signal.aborted && (await this.#verifySome(signal)));
    if (!signal.aborted) this.#seenVersion = version;
  }

  /** Signatures whose manifests are gone are of nothing any more. */
  async forgetGone(signal: AbortSignal): Promise<void> {
    const { database } = this.#deps;
    for (let after: number | undefined = 0; after !== undefined && !signal.aborted; ) {
      const page = { after, limit: PAGE };
      const { gone, last }: Awaited<ReturnType<typeof listGoneSignatures>> =
        await listGoneSignatures(database.reader, page);
      for (const id of gone) await database.write((trx) => forgetSignature(trx, id));
      after = last;
    }
  }

  async #followManifests(): Promise<boolean> {
    const { database } = this.#deps;
    const after = await readPosition(database.reader, ARRIVALS);
    const arrived = await listNewManifests(database.reader, { after, limit: PAGE });
    const last = arrived.at(-1);
    if (last === undefined) return false;
    const rows: Row[] = [];
    for (const { id, repositoryId, subject } of arrived) {
      if (subject !== null) rows.push(...(await this.#readEntries(id, { repositoryId, subject })));
    }
    const byRepository = Map.groupBy(arrived, ({ repositoryId }) => repositoryId);
    await database.write(async (trx) => {
      for (const row of rows) await addSignature(trx, row);
      for (const [repositoryId, manifests] of byRepository) {
        const digests = manifests.map(({ digest }) => digest);
        await wakeSignatures(trx, repositoryId, digests);
      }
      await writePosition(trx, ARRIVALS, last.id);
    });
    return arrived.length === PAGE;
  }

  async #followTags(): Promise<boolean> {
    const { database } = this.#deps;
    const { reader } = database;
    const after = await readPosition(reader, MOVES);
    const moves = await listNewTags(reader, { after, limit: PAGE });
    const last = moves.at(-1);
    if (last === undefined) return false;
    const rows: Row[] = [];
    for (const { repositoryId, tag, digest } of moves) {
      const subject = rootOfCompanion(tag);
      if (subject === undefined || digest === null) continue;
      const id = await this.#findId(repositoryId, digest);
      if (id !== undefined) rows.push(...(await this.#readEntries(id, { repositoryId, subject })));
    }
    await database.write(async (trx) => {
      for (const row of rows) await addSignature(trx, row);
      await writePosition(trx, MOVES, last.id);
    });
    return moves.length === PAGE;
  }

  async #findId(repositoryId: Row["repository_id"], digest: Digest): Promise<number | undefined> {
    const row = await this.#deps.database.reader
      .selectFrom("manifests")
      .select("id")
      .where("repository_id", "=", repositoryId)
      .where("digest", "=", digest)
      .executeTakeFirst();
    return row?.id;
  }

  async #readEntries(
    manifestId: number,
    { repositoryId, subject }: { repositoryId: Row["repository_id"]; subject: Digest },
  ): Promise<readonly Row[]> {
    const found = await findManifestRow(this.#deps.database.reader, manifestId);
    if (found === undefined) return [];
    const manifest = parseManifest({ bytes: found.payload, contentType: found.mediaType });
    return listSignatureEntries(manifest).map(({ entry, format }) => ({
      ...{ repository_id: repositoryId, manifest_id: manifestId, entry, subject, format },
    }));
  }

  async #verifySome(signal: AbortSignal): Promise<boolean> {
    const { database, trust } = this.#deps;
    const inForce = await trust.read(database.reader);
    const due = await listDueSignatures(database.reader, {
      revision: inForce.revision,
      limit: DUE,
    });
    for (const one of due) {
      if (signal.aborted) return false;
      const found = await this.#judge(one, inForce.trust);
      const now = this.#deps.clock();
      await database.write(async (trx) => {
        if (found === undefined) await forgetSignature(trx, one.id);
        else await keepFinding(trx, one.id, { ...found, revision: inForce.revision, now });
        await failPoint("signature.before-commit");
      });
    }
    return due.length === DUE;
  }

  /** Undefined where there is no such signature any more. */
  async #judge(
    due: DueSignature,
    trust: Trust,
  ): Promise<Omit<Finding, "revision" | "now"> | undefined> {
    try {
      return await this.#verify(due, trust);
    } catch (cause) {
      if (cause instanceof SignatureError) return { state: cause.fault, reason: cause.message };
      const { id, subject } = due;
      this.#deps.log.error({ err: cause, signature: id, subject }, "signature not verified");
      return { state: "invalid", reason: "it could not be verified; see the hub's log" };
    }
  }

  async #verify(
    due: DueSignature,
    trust: Trust,
  ): Promise<Omit<Finding, "revision" | "now"> | undefined> {
    const { database, clock } = this.#deps;
    const { reader } = database;
    const held = await findManifestRow(reader, due.manifestId);
    if (held === undefined) return undefined;
    const manifest = parseManifest({ bytes: held.payload, contentType: held.mediaType });
    const entry = listSignatureEntries(manifest).find((one) => one.entry === due.entry);
    if (entry === undefined) return undefined;
    const bytes = await this.#readBlob(entry.layer.digest);
    const subject = await findManifestOf(reader, due.repositoryId, due.subject);
    const artifact = {
      digest: due.subject,
      bytes: subject === undefined ? undefined : Buffer.from(subject.payload),
    };
    const names = await listNamesOf(reader, due.repositoryId);
    const { predicate, ...verified } = await verifyEntry({
      ...{ entry, bytes, artifact, names, trust, now: clock() },
    });
    const text = predicate === undefined ? undefined : JSON.stringify(predicate);
    const isSmall = text !== undefined && text.length <= PREDICATE_CHARACTERS;
    return { state: "verified", ...verified, predicate: isSmall ? text : undefined };
  }

  async #readBlob(digest: string): Promise<Buffer> {
    const { blobs } = this.#deps;
    const size = isDigest(digest) ? await blobs.size(digest) : undefined;
    if (size !== undefined && size > SIGNATURE_BYTES) {
      throw new SignatureError("invalid", `it has ${size} bytes, which is more than is read`);
    }
    const stream = isDigest(digest) ? await blobs.read(digest) : undefined;
    if (stream === undefined) throw new SignatureError("waiting", "its content is not here");
    return Buffer.concat(await Array.fromAsync(stream as AsyncIterable<Buffer>));
  }
}
