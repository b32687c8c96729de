import { setImmediate } from "node:timers/promises";
import type { Logger } from "pino";
import type { NamespaceId, NamespaceTables } from "../../namespaces/index.ts";
import type { Digest } from "../../oci/digest.ts";
import { parseManifest } from "../../oci/manifest.ts";
import { rootOfCompanion } from "../../oci/referrers.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import { findManifestOf } from "../../registry/index.ts";
import { listSignatureEntries } from "../signature-entries.ts";
import { SignatureError } from "../signature-error.ts";
import { findPlaceOf, listNamesOf } from "../store/anchors-store.ts";
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
  wakeSignatures,
} from "../store/signatures-store.ts";
import {
  delaySignature,
  findNextTurn,
  isAsked,
  listMoved,
  markSignatures,
  markSome,
  readPosition,
  writePosition,
} from "../store/turns-store.ts";
import type { SigningTables } from "../tables.ts";
import { SIGNATURE_BYTES, verifyEntry } from "../verify-entry.ts";
import { readContent } from "./read-content.ts";
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
/** Times are taken before what they stand in is committed. */
const OVERLAP_MS = 60_000;
const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 3_600_000;
const ARRIVALS = "arrivals";
const MOVES = "moves";

type Judgement = Omit<Finding, "revision" | "place" | "attempts" | "now">;
type Row = Parameters<typeof addSignature>[1];

/**
 * Follows what arrives in the registry, by the ids of manifests and of moves of tags, and verifies the signatures among it.
 * How far it has come is in rows: a hub that is killed goes on where it was.
 */
export class SignatureWorker {
  readonly #deps: SignatureWorkerDeps;
  #seenVersion: number | undefined;
  #movesSince = new Date(0);
  #nextTurn: number | undefined;

  constructor(deps: SignatureWorkerDeps) {
    this.#deps = deps;
  }

  /** Costs next to nothing while nobody writes. */
  async work(signal: AbortSignal): Promise<void> {
    const { database, clock } = this.#deps;
    const version = database.version();
    const isTime = this.#nextTurn !== undefined && this.#nextTurn <= clock().getTime();
    if (version === this.#seenVersion && !isTime) return;
    await repeat(signal, () => this.#followManifests());
    await repeat(signal, () => this.#followTags());
    if (!signal.aborted) await this.#followMoves(signal);
    if (await isAsked(database.reader)) {
      await repeat(signal, () => database.write((trx) => markSome(trx)));
    }
    await repeat(signal, () => this.#verifySome(signal));
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

  /** Whoever owns the namespace that a repository comes to says whom they trust. */
  async #followMoves(signal: AbortSignal): Promise<void> {
    const { database, clock } = this.#deps;
    const now = clock();
    for (const id of await listMoved(database.reader, this.#movesSince)) {
      await repeat(signal, () => database.write((trx) => markSignatures(trx, id)));
    }
    if (!signal.aborted) this.#movesSince = new Date(now.getTime() - OVERLAP_MS);
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
    const { database, trust, clock } = this.#deps;
    const revision = await trust.readRevision(database.reader);
    const due = await listDueSignatures(database.reader, { revision, now: clock(), limit: DUE });
    for (const one of due) {
      if (signal.aborted) return false;
      await this.#settle(one, revision);
      // Neither the library nor the database lets anybody else have a turn.
      await setImmediate();
    }
    if (due.length === DUE) return true;
    this.#nextTurn = await findNextTurn(database.reader, { revision, now: clock() });
    return false;
  }

  async #settle(due: DueSignature, revision: number): Promise<void> {
    const { database, clock } = this.#deps;
    const place = await findPlaceOf(database.reader, due.repositoryId);
    const found = await this.#judge(due, place);
    const now = clock();
    const attempts = found !== undefined && "dueAt" in found ? due.attempts + 1 : 0;
    await database.write(async (trx) => {
      if (found === undefined) await forgetSignature(trx, due.id);
      else if ("state" in found) {
        await keepFinding(trx, due.id, { ...found, revision, place, attempts, now });
      } else await delaySignature(trx, due.id, { ...found, attempts });
      await failPoint("signature.before-commit");
    });
  }

  /** Undefined where there is no such signature any more; a time alone where it could not be judged. */
  async #judge(
    due: DueSignature,
    place: NamespaceId | 0,
  ): Promise<Judgement | { readonly dueAt: Date } | undefined> {
    try {
      return await this.#verify(due, place);
    } catch (cause) {
      if (cause instanceof SignatureError) {
        const dueAt = cause.from && { dueAt: cause.from };
        return { state: cause.fault, reason: cause.message, ...dueAt };
      }
      // A disk that could not be read says nothing of the signature.
      const { id, subject } = due;
      this.#deps.log.error({ err: cause, signature: id, subject }, "signature not verified");
      return { dueAt: this.#nextAttempt(due) };
    }
  }

  async #verify(due: DueSignature, place: NamespaceId | 0): Promise<Judgement | undefined> {
    const { database, trust, clock } = this.#deps;
    const { reader } = database;
    const held = await findManifestRow(reader, due.manifestId);
    if (held === undefined) return undefined;
    const manifest = parseManifest({ bytes: held.payload, contentType: held.mediaType });
    const entry = listSignatureEntries(manifest).find((one) => one.entry === due.entry);
    if (entry === undefined) return undefined;
    const bytes = await this.#readBlob(due, entry.layer.digest);
    const subject = await findManifestOf(reader, due.repositoryId, due.subject);
    const artifact = {
      digest: due.subject,
      bytes: subject === undefined ? undefined : Buffer.from(subject.payload),
    };
    const names = await listNamesOf(reader, due.repositoryId);
    const { predicate, ...verified } = await verifyEntry({
      ...{ entry, bytes, artifact, names, now: clock() },
      trust: await trust.read(reader, place),
    });
    const text = predicate === undefined ? undefined : JSON.stringify(predicate);
    const isSmall = text !== undefined && text.length <= PREDICATE_CHARACTERS;
    return { state: "verified", ...verified, predicate: isSmall ? text : undefined };
  }

  async #readBlob(due: DueSignature, digest: string): Promise<Buffer> {
    const { database, blobs } = this.#deps;
    const place = { db: database.reader, blobs, repositoryId: due.repositoryId };
    const content = await readContent(place, digest, SIGNATURE_BYTES);
    if (Buffer.isBuffer(content)) return content;
    if (content === "too large") {
      throw new SignatureError("invalid", "it has more bytes than are read");
    }
    const from = this.#nextAttempt(due);
    throw new SignatureError("waiting", "its content is not here", { from });
  }

  /** Soon at first, and once an hour for what stays as it is. */
  #nextAttempt({ attempts }: DueSignature): Date {
    const delay = Math.min(FIRST_DELAY_MS * 2 ** Math.min(attempts, 20), LONGEST_DELAY_MS);
    return new Date(this.#deps.clock().getTime() + delay);
  }
}

/** Until nothing is left to do. */
async function repeat(signal: AbortSignal, work: () => Promise<boolean>): Promise<void> {
  while (!signal.aborted && (await work()));
}
