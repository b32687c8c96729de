import { buffer } from "node:stream/consumers";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { type Manifest, readStoredManifest } from "../../oci/manifest.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import {
  filterReadableDigests,
  listArrivals,
  type ManifestId,
  type RegistryTables,
} from "../../registry/index.ts";
import { readPosition, writePosition } from "../store/scans-store.ts";
import type { ScanningTables } from "../tables.ts";
import type { Saying } from "./decision.ts";
import { replaceClaims } from "./decisions-store.ts";
import { readVex } from "./documents/read-vex.ts";
import { MOST_STATEMENTS, type VexDocument, type VexStatement } from "./documents/vex-statement.ts";

type Tables = ScanningTables & RegistryTables;

interface ClaimReaderDeps {
  readonly database: Database<Tables>;
  readonly blobs: Pick<BlobStore, "read" | "size">;
  /** Called with each image of which a document says something, once that is committed. */
  readonly onChanged: (digest: Digest) => void;
  readonly log: Logger;
}

const POSITION = "claims";
/** The manifest whose documents were read last, and how often that was begun. */
const ATTEMPTED = "claims.attempted";
const ATTEMPT = "claims.attempt";
/** What the hub dies of, or fails at, again and again must not keep it from all that came later. */
const ATTEMPTS = 5;
const ARRIVALS = 200;
const DOCUMENT_BYTES = 2 * 1024 * 1024;
const DOCUMENTS = 20;
/** Of an index, whose images may have some each. */
const ALL_DOCUMENTS = 200;

/** What may hold a VEX document, by the type of its bytes. */
const DOCUMENT_TYPES =
  /^application\/(?:vnd\.)?(?:openvex|vex|cyclonedx|in-toto|dsse\.envelope\.v1|json)(?:\.[a-z0-9.-]+)?(?:\+(?:json|dsse))?$/;

/** The hub's own decisions, which it knows better from its tables. */
export const OWN_DOCUMENT = "dev.berth.vex.decisions";

/** Follows what arrives in the registry, and keeps what VEX documents beside images say of them. */
export class ClaimReader {
  readonly #deps: ClaimReaderDeps;
  #seenVersion: number | undefined;

  constructor(deps: ClaimReaderDeps) {
    this.#deps = deps;
  }

  /** Costs next to nothing while nobody writes. */
  async work(signal: AbortSignal): Promise<void> {
    const { database } = this.#deps;
    const version = database.version();
    if (version === this.#seenVersion) return;
    while (!signal.aborted) {
      const after = await readPosition(database.reader, POSITION);
      const arrived = await listArrivals(database.reader, { after, limit: ARRIVALS });
      for (const { id } of arrived) await this.#read(id);
      const last = arrived.at(-1);
      if (last !== undefined) await database.write((trx) => writePosition(trx, POSITION, last.id));
      if (arrived.length < ARRIVALS) break;
    }
    this.#seenVersion = version;
  }

  /** A document that cannot be read claims nothing; it is still there for whoever asks for it. */
  async #read(id: ManifestId): Promise<void> {
    const { database, onChanged, log } = this.#deps;
    const found = await findArrived(database.reader, id);
    if (found === undefined) return;
    const manifest = readStoredManifest(found);
    if (manifest === undefined) return;
    const documents = subjectsByDocument(await this.#listDocuments(found, manifest));
    if (documents.size === 0) return;
    if (!(await this.#attempt(id))) {
      log.error(
        { digest: found.digest },
        "VEX document skipped: it could not be read, several times",
      );
      return;
    }
    await failPoint("vex.before-reading");
    const claims = await this.#readClaims(found, documents);
    if (claims.length === 0) return;
    const pushedBy = await findPusher(database.reader, found);
    const kept = claims.map((claim) => ({ ...claim, pushedBy }));
    await database.write((trx) => replaceClaims(trx, id, kept));
    for (const subject of new Set(kept.map((claim) => claim.subject))) onChanged(subject);
    log.info({ digest: found.digest, claims: kept.length }, "VEX document read");
  }

  /** Noted before it is read, so that it counts also where the hub dies of it. False: it was tried often enough. */
  async #attempt(id: ManifestId): Promise<boolean> {
    const { database } = this.#deps;
    const attempted = await readPosition(database.reader, ATTEMPTED);
    const attempt = attempted === id ? (await readPosition(database.reader, ATTEMPT)) + 1 : 1;
    if (attempt > ATTEMPTS) return false;
    await database.write(async (trx) => {
      // Those before it are done: they would be attempted in between otherwise.
      await writePosition(trx, POSITION, id - 1);
      await writePosition(trx, ATTEMPTED, id);
      await writePosition(trx, ATTEMPT, attempt);
    });
    return true;
  }

  /**
   * Up to as many as are kept. An index may name one document again and again: it is read once. What the repository has no
   * right to is not read: a manifest may name documents of others.
   */
  async #readClaims(
    { repositoryId }: Pick<Arrived, "repositoryId">,
    documents: ReadonlyMap<Digest, ReadonlySet<Digest>>,
  ): Promise<readonly NewClaim[]> {
    const { reader } = this.#deps.database;
    const owned = await filterReadableDigests(reader, repositoryId, [...documents.keys()]);
    const claims: NewClaim[] = [];
    for (const [digest, subjects] of documents) {
      if (!owned.has(digest)) continue;
      const document = readVex(await this.#readJson(digest));
      if (document !== undefined) addClaims(claims, document, subjects);
      if (claims.length >= MOST_STATEMENTS) break;
    }
    return claims;
  }

  /** A referrer says something of its subject; an index of BuildKit's lists what it says of its images beside them. */
  async #listDocuments(
    { repositoryId }: Arrived,
    manifest: Manifest,
  ): Promise<readonly Attached[]> {
    const { subject, annotations } = manifest;
    if (manifest.kind === "image") {
      if (subject === undefined || annotations?.[OWN_DOCUMENT] !== undefined) return [];
      return [{ subject: subject.digest, documents: documentsOf(manifest) }];
    }
    const attached: Attached[] = [];
    for (const child of manifest.children.slice(0, DOCUMENTS * 10)) {
      const about = child.annotations?.["vnd.docker.reference.digest"];
      if (about === undefined || !isDigest(about)) continue;
      const row = await this.#deps.database.reader
        .selectFrom("manifests")
        .select(["payload", "media_type as mediaType"])
        .where("repository_id", "=", repositoryId)
        .where("digest", "=", child.digest)
        .executeTakeFirst();
      if (row === undefined) continue;
      const said = readStoredManifest(row);
      if (said !== undefined) attached.push({ subject: about, documents: documentsOf(said) });
    }
    return attached;
  }

  async #readJson(digest: Digest): Promise<unknown> {
    const { blobs } = this.#deps;
    const actual = await blobs.size(digest);
    // What the manifest says of the size is somebody's word.
    if (actual === undefined || actual > DOCUMENT_BYTES) return undefined;
    const stream = await blobs.read(digest);
    if (stream === undefined) return undefined;
    try {
      return JSON.parse((await buffer(stream)).toString("utf8"));
    } catch (cause) {
      if (cause instanceof SyntaxError) return undefined;
      throw cause;
    }
  }
}

type NewClaim = Saying & { readonly subject: Digest };

interface Attached {
  readonly subject: Digest;
  readonly documents: readonly Digest[];
}

type Arrived = NonNullable<Awaited<ReturnType<typeof findArrived>>>;

async function findArrived(db: Kysely<RegistryTables>, id: ManifestId) {
  return await db
    .selectFrom("manifests")
    .innerJoin("repositories", "repositories.id", "manifests.repository_id")
    .select(["manifests.digest", "manifests.payload", "manifests.media_type as mediaType"])
    .select(["manifests.pushed_at as pushedAt", "repositories.id as repositoryId"])
    .select("repositories.name as repository")
    .where("manifests.id", "=", id)
    .executeTakeFirst();
}

function documentsOf({ layers }: Manifest): readonly Digest[] {
  return layers
    .filter(({ mediaType, size }) => DOCUMENT_TYPES.test(mediaType) && size <= DOCUMENT_BYTES)
    .flatMap(({ digest }) => (isDigest(digest) ? digest : []))
    .slice(0, DOCUMENTS);
}

/** Of what images each document is. */
function subjectsByDocument(
  attached: readonly Attached[],
): ReadonlyMap<Digest, ReadonlySet<Digest>> {
  const subjects = new Map<Digest, Set<Digest>>();
  for (const { subject, documents } of attached) {
    for (const digest of documents) {
      const known = subjects.get(digest);
      if (known !== undefined) known.add(subject);
      else if (subjects.size < ALL_DOCUMENTS) subjects.set(digest, new Set([subject]));
    }
  }
  return subjects;
}

function addClaims(claims: NewClaim[], document: VexDocument, subjects: ReadonlySet<Digest>): void {
  const author = document.author.slice(0, 300);
  for (const subject of subjects) {
    const meant = document.statements.filter(
      ({ image }) => image === undefined || image === subject,
    );
    for (const statement of meant.slice(0, MOST_STATEMENTS - claims.length))
      claims.push({ ...toSaying(statement, author), subject });
  }
}

/** By the event of its push, which is there for a while; unknown after that, or when nobody pushed it. */
async function findPusher(
  db: Kysely<RegistryTables>,
  { repository, digest, pushedAt }: Arrived,
): Promise<string | undefined> {
  const rows = await db
    .selectFrom("outbox")
    .select("payload")
    .where("created_at", "=", pushedAt)
    .where("topic", "=", "manifest.pushed")
    .where("ordering_key", "=", repository)
    .execute();
  const events = rows.map(
    ({ payload }) => JSON.parse(payload) as { digest?: string; actor?: string },
  );
  return events.find((event) => event.digest === digest)?.actor;
}

function toSaying({ image: _, ...said }: VexStatement, author: string): Saying {
  return { ...said, author };
}
