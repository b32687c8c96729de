import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { RECOUNTS } from "../../src/lifecycle/quotas/recount.ts";

/** How much stands in a hub: images of one tag each, in repositories that the public may read. */
export interface Stock {
  /** A hundred to an organization. */
  readonly repositories: number;
  readonly imagesPerRepository: number;
  /** Tags of the one repository that holds more than all others. */
  readonly largest: number;
  /**
   * Configurations come in the order of their digests: millions of them go to the end of an index, where others would
   * go anywhere in it. What is read by tag finds its rows as far apart as ever.
   */
  readonly isInOrder?: boolean;
}

const PER_ORGANIZATION = 100;
export const LARGEST = "largest/app";

const AT = Date.UTC(2026, 0, 1);
/** Every image has its own manifest and configuration, and shares its layer with those of its repository. */
const SIZES = { config: 1500, layer: 30_000_000 };
const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const BATCH = 200_000;

export function organizationName(n: number): string {
  return `stock-${Math.floor(n / PER_ORGANIZATION)}`;
}

export function repositoryName(n: number): string {
  return `${organizationName(n)}/app-${n}`;
}

export function tagName(n: number): string {
  return `v${String(n).padStart(7, "0")}`;
}

/**
 * Writes the rows of a push of each image into the database of a hub that does not run. The bytes of configurations and
 * layers are not there: nothing that is measured reads them.
 */
export function seedStock(dataDirectory: string, stock: Stock): void {
  using database = new DatabaseSync(join(dataDirectory, "berth.db"));
  // What a crash would lose is made again.
  database.exec("pragma synchronous = off; pragma cache_size = -1000000");
  const seeder = new Seeder(database, stock.isInOrder === true);
  for (let n = 0; n < stock.repositories; n += 1) {
    if (n % PER_ORGANIZATION === 0) seeder.addOrganization(organizationName(n));
    seeder.addRepository(repositoryName(n), stock.imagesPerRepository);
  }
  seeder.addOrganization("largest");
  seeder.addRepository(LARGEST, stock.largest);
  seeder.end();
}

class Seeder {
  readonly #database: DatabaseSync;
  readonly #insert: ReturnType<typeof prepareInserts>;
  /** Written again at the end: keeping them and what triggers count up to date row by row takes longer. */
  readonly #dropped: readonly string[];
  #blob: number;
  #manifest: number;
  #namespace = 0;
  #written = 0;
  readonly #isInOrder: boolean;

  constructor(database: DatabaseSync, isInOrder: boolean) {
    this.#isInOrder = isInOrder;
    this.#database = database;
    this.#dropped = dropForLater(database);
    database.exec("begin");
    this.#blob = lastId(database, "blobs");
    this.#manifest = lastId(database, "manifests");
    this.#insert = prepareInserts(database);
  }

  /** What is added from now on is its. */
  addOrganization(name: string): void {
    this.#namespace = Number(this.#insert.namespace.get(name, `${name}#`)?.id);
    this.#insert.organization.run(this.#namespace, name);
  }

  addRepository(name: string, images: number): void {
    const id = Number(this.#insert.repository.get(name, AT, this.#namespace, AT)?.id);
    const layer = this.#name(`layer of ${name}`);
    this.#addBlob(id, layer, SIZES.layer);
    for (let n = 0; n < images; n += 1) this.#addImage({ id, name, layer }, n);
  }

  #addImage(repository: { id: number; name: string; layer: string }, n: number): void {
    const config = this.#name(`config ${n} of ${repository.name}`);
    const payload = Buffer.from(makeManifest(config, repository.layer));
    const digest = digestOf(payload);
    this.#addBlob(repository.id, config, SIZES.config);
    this.#manifest += 1;
    const manifest = this.#manifest;
    this.#insert.manifest.run(
      manifest,
      repository.id,
      digest,
      MANIFEST_TYPE,
      payload.length,
      payload,
      AT + n,
    );
    this.#insert.reference.run(manifest, repository.id, "config", config);
    this.#insert.reference.run(manifest, repository.id, "layer", repository.layer);
    this.#insert.tag.run(repository.id, tagName(n), manifest, AT + n);
    this.#insert.tagEvent.run(repository.id, tagName(n), digest, AT + n);
    this.#written += 1;
    if (this.#written % BATCH === 0) this.#database.exec("commit; begin");
  }

  #name(content: string): string {
    if (!this.#isInOrder) return digestOf(content);
    const place = (this.#blob + 1).toString(16).padStart(12, "0");
    return `sha256:${place}${"5".repeat(52)}`;
  }

  #addBlob(repository: number, digest: string, size: number): void {
    this.#blob += 1;
    this.#insert.blob.run(this.#blob, digest, size, AT);
    this.#insert.link.run(repository, this.#blob);
  }

  end(): void {
    this.#database.exec("commit");
    for (const dropped of this.#dropped) this.#database.exec(dropped);
    recount(this.#database);
    this.#database.exec("pragma wal_checkpoint(truncate)");
  }
}

/** Indexes that only make reads fast, and triggers; what they were made by. */
function dropForLater(database: DatabaseSync): readonly string[] {
  const rows = database
    .prepare(
      "select type, name, sql from sqlite_master where type = 'trigger' or type = 'index' and sql not like 'create unique%' and tbl_name in ('blobs', 'repository_blobs', 'manifests', 'manifest_references', 'tags', 'tag_events')",
    )
    .all();
  for (const { type, name } of rows) database.exec(`drop ${String(type)} "${String(name)}"`);
  return rows.map(({ sql }) => String(sql));
}

/** What the triggers would have counted. */
function recount(database: DatabaseSync): void {
  const dialect = {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
  const compiler = new Kysely<unknown>({ dialect });
  for (const { table, select } of RECOUNTS)
    database.exec(`delete from ${table}; insert into ${table} ${select.compile(compiler).sql}`);
}

function lastId(database: DatabaseSync, table: "blobs" | "manifests"): number {
  return Number(database.prepare(`select max(id) as id from ${table}`).get()?.id ?? 0);
}

function prepareInserts(database: DatabaseSync) {
  return {
    namespace: database.prepare(
      "insert into namespaces (name, skeleton, kind, default_visibility, created_at) values (?, ?, 'organization', 'public', 0) returning id",
    ),
    organization: database.prepare(
      "insert into organizations (id, full_name, created_at) values (?, ?, 0)",
    ),
    repository: database.prepare(
      "insert into repositories (name, created_at, namespace_id, visibility, last_pushed_at) values (?, ?, ?, 'public', ?) returning id",
    ),
    blob: database.prepare(
      "insert into blobs (id, digest, size, state, state_since) values (?, ?, ?, 'live', ?)",
    ),
    link: database.prepare("insert into repository_blobs (repository_id, blob_id) values (?, ?)"),
    manifest: database.prepare(
      "insert into manifests (id, repository_id, digest, media_type, size, payload, pushed_at) values (?, ?, ?, ?, ?, ?, ?)",
    ),
    reference: database.prepare(
      "insert into manifest_references (manifest_id, repository_id, kind, digest) values (?, ?, ?, ?)",
    ),
    tag: database.prepare(
      "insert into tags (repository_id, name, manifest_id, updated_at) values (?, ?, ?, ?)",
    ),
    tagEvent: database.prepare(
      "insert into tag_events (repository_id, tag, to_digest, actor, at) values (?, ?, ?, 'admin', ?)",
    ),
  };
}

function makeManifest(config: string, layer: string): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: config,
      size: SIZES.config,
    },
    layers: [
      {
        mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
        digest: layer,
        size: SIZES.layer,
      },
    ],
  });
}

function digestOf(content: string | Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
