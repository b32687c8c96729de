import { buffer } from "node:stream/consumers";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { OciError } from "../../oci/error.ts";
import { type Manifest, parseManifest } from "../../oci/manifest.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { listArrivals, type ManifestId, type RegistryTables } from "../../registry/index.ts";
import { readPosition, writePosition } from "../store/scans-store.ts";
import type { ScanningTables } from "../tables.ts";
import type { Saying } from "./decision.ts";
import { replaceClaims } from "./decisions-store.ts";
import { readVex } from "./documents/read-vex.ts";
import { MOST_STATEMENTS, type VexStatement } from "./documents/vex-statement.ts";

type Tables = ScanningTables & RegistryTables;

interface ClaimReaderDeps {
  readonly database: Database<Tables>;
  readonly blobs: Pick<BlobStore, "read" | "size">;
  readonly log: Logger;
}

const POSITION = "claims";
const ARRIVALS = 200;
const DOCUMENT_BYTES = 2 * 1024 * 1024;
const DOCUMENTS = 20;

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
    const { database, log } = this.#deps;
    const found = await findArrived(database.reader, id);
    if (found === undefined) return;
    const manifest = readManifest(found);
    if (manifest === undefined) return;
    const claims: NewClaim[] = [];
    for (const { subject, layers } of await this.#listDocuments(found, manifest)) {
      for (const layer of layers) claims.push(...(await this.#readClaims(layer, subject)));
    }
    if (claims.length === 0) return;
    const pushedBy = await findPusher(database.reader, found);
    const kept = claims.slice(0, MOST_STATEMENTS).map((claim) => ({ ...claim, pushedBy }));
    await database.write((trx) => replaceClaims(trx, id, kept));
    log.info({ digest: found.digest, claims: kept.length }, "VEX document read");
  }

  async #readClaims(layer: Layer, subject: Digest): Promise<readonly NewClaim[]> {
    const document = readVex(await this.#readJson(layer));
    if (document === undefined) return [];
    const author = document.author.slice(0, 300);
    return document.statements
      .filter(({ image }) => image === undefined || image === subject)
      .map((statement) => ({ ...toSaying(statement, author), subject }));
  }

  /** A referrer says something of its subject; an index of BuildKit's lists what it says of its images beside them. */
  async #listDocuments(
    { repositoryId }: Arrived,
    manifest: Manifest,
  ): Promise<readonly Attached[]> {
    const { subject, annotations } = manifest;
    if (manifest.kind === "image") {
      if (subject === undefined || annotations?.[OWN_DOCUMENT] !== undefined) return [];
      return [{ subject: subject.digest, layers: layersOf(manifest) }];
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
      const said = readManifest(row);
      if (said !== undefined) attached.push({ subject: about, layers: layersOf(said) });
    }
    return attached;
  }

  async #readJson({ digest, size }: Layer): Promise<unknown> {
    if (size > DOCUMENT_BYTES) return undefined;
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

interface Layer {
  readonly digest: Digest;
  readonly size: number;
}

interface Attached {
  readonly subject: Digest;
  readonly layers: readonly Layer[];
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

/** What was adopted from another registry may be no manifest by our measure; it says nothing then. */
function readManifest(row: {
  readonly payload: Uint8Array;
  readonly mediaType: string;
}): Manifest | undefined {
  try {
    return parseManifest({ bytes: row.payload, contentType: row.mediaType });
  } catch (cause) {
    if (cause instanceof OciError) return undefined;
    throw cause;
  }
}

function layersOf({ layers }: Manifest): readonly Layer[] {
  return layers
    .filter(({ mediaType }) => DOCUMENT_TYPES.test(mediaType))
    .flatMap(({ digest, size }) => (isDigest(digest) ? { digest, size } : []))
    .slice(0, DOCUMENTS);
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
