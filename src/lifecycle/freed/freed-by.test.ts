import { setImmediate } from "node:timers/promises";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { Randomness } from "../../../test/harness/randomness.ts";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { openSqliteDatabase } from "../../platform/db/index.ts";
import type { Repository, RepositoryId } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";
import { FreedBy } from "./freed-by.ts";

const API = { id: 1 as RepositoryId, name: "acme/api" } as Repository;
const OTHER = 2;
const ROUNDS = 60;
const random = new Randomness();

interface Manifest {
  readonly id: number;
  readonly bytes: number;
  readonly layers: readonly number[];
  readonly holders: readonly number[];
  readonly tags: readonly string[];
}

/** Layers by their number; each is as large as no sum of others, so that a wrong one shows. */
const sizeOf = (layer: number) => 2 ** layer;

async function open() {
  const home = await makeTempDirectory("freed-by");
  const database = await openSqliteDatabase<LifecycleTables>({ path: `${home.path}/berth.db` });
  const db = database.writer;
  for (const what of [
    "table repositories (id integer primary key, name text, namespace_id integer)",
    "table blobs (id integer primary key, digest text unique, size integer, state text)",
    "table repository_blobs (repository_id integer, blob_id integer, primary key (repository_id, blob_id)) without rowid",
    "index repository_blobs_blob on repository_blobs (blob_id)",
    "table manifests (id integer primary key, repository_id integer, digest text, size integer, subject text, unique (repository_id, digest))",
    "index manifests_digest on manifests (digest)",
    "index manifests_subject on manifests (repository_id, subject, digest) where subject is not null",
    "table manifest_references (manifest_id integer, repository_id integer, kind text, digest text, primary key (manifest_id, kind, digest)) without rowid",
    "index manifest_references_digest on manifest_references (repository_id, digest, kind)",
    "table tags (repository_id integer, name text, manifest_id integer, primary key (repository_id, name)) without rowid",
    "index tags_manifest on tags (manifest_id)",
  ])
    await sql`create ${sql.raw(what)}`.execute(db);
  const insert = (table: string, row: object) =>
    db
      .insertInto(table as never)
      .values(row as never)
      .execute();
  return {
    db,
    insert,
    async empty() {
      for (const table of ["blobs", "repository_blobs", "manifests", "manifest_references", "tags"])
        await sql`delete from ${sql.table(table)}`.execute(db);
    },
    async [Symbol.asyncDispose]() {
      await database.close();
      await home[Symbol.asyncDispose]();
    },
  };
}

type Scene = Awaited<ReturnType<typeof open>>;

/** Images, indexes of them and what belongs to either, with layers and tags that they share; nothing is left to collect. */
function invent(): readonly Manifest[] {
  const all: Manifest[] = [];
  for (let id = 1; id <= 9; id += 1) {
    const isHeld = all.length > 0 && random.below(2) === 0;
    const holders = new Set(
      isHeld ? [1 + random.below(all.length), 1 + random.below(all.length)] : [],
    );
    const tags = Array.from(
      { length: random.below(3) + (isHeld ? 0 : 1) },
      (_, at) => `${id}-${at}`,
    );
    const layers = new Set(Array.from({ length: 1 + random.below(3) }, () => random.below(12)));
    all.push({ id, bytes: 2 ** (19 + id), layers: [...layers], holders: [...holders], tags });
  }
  return all;
}

/** A manifest that is held twice is in an index and belongs to another one. */
async function store({ insert }: Scene, all: readonly Manifest[], elsewhere: ReadonlySet<number>) {
  const layers = new Set(all.flatMap((one) => one.layers));
  for (const layer of layers) {
    await insert("blobs", {
      id: layer,
      digest: `layer-${layer}`,
      size: sizeOf(layer),
      state: "live",
    });
    await insert("repository_blobs", { repository_id: API.id, blob_id: layer });
    if (elsewhere.has(layer))
      await insert("repository_blobs", { repository_id: OTHER, blob_id: layer });
  }
  for (const { id, bytes, layers, holders, tags } of all) {
    const [parent, subject] = holders;
    const digest = `manifest-${id}`;
    const belongsTo = subject === undefined ? null : `manifest-${subject}`;
    const row = { id, repository_id: API.id, digest, size: bytes, subject: belongsTo };
    await insert("manifests", row);
    await insert("blobs", { id: 100 + id, digest, size: bytes, state: "live" });
    const references = layers.map((layer) => [id, `layer-${layer}`, "layer"] as const);
    if (parent !== undefined) references.push([parent, digest, "child"] as never);
    for (const [manifest_id, digest, kind] of references)
      await insert("manifest_references", { repository_id: API.id, manifest_id, digest, kind });
    for (const name of tags) await insert("tags", { repository_id: API.id, name, manifest_id: id });
  }
}

/** What is there once collection has done all that it can: holders come before what they hold. */
function sumAfter(
  all: readonly Manifest[],
  { gone, free }: { readonly gone: ReadonlySet<string>; readonly free: ReadonlySet<number> },
) {
  const staying = new Set<number>();
  for (const { id, holders, tags } of all)
    if (tags.some((tag) => !gone.has(tag)) || holders.some((holder) => staying.has(holder)))
      staying.add(id);
  const left = all.filter(({ id }) => staying.has(id));
  const layers = new Set(left.flatMap((one) => one.layers));
  for (const layer of free) layers.delete(layer);
  const manifests = left.reduce((sum, { bytes }) => sum + bytes, 0);
  return [...layers].reduce((sum, layer) => sum + sizeOf(layer), manifests);
}

test("tags that are deleted together free what they share, once, and nothing that others need", async () => {
  await using scene = await open();
  const seen = new Set(["hub"] as const);
  for (let round = 0; round < ROUNDS; round += 1) {
    await scene.empty();
    const all = invent();
    const elsewhere = new Set([random.below(12), random.below(12)]);
    await store(scene, all, elsewhere);
    const tags = all.flatMap((one) => one.tags).filter(() => random.below(3) > 0);
    const gone = new Set(tags);
    const asked = [...tags, ...tags.slice(0, 2), "nothing"];
    const shrinksBy = (free: ReadonlySet<number>) =>
      sumAfter(all, { gone: new Set(), free }) - sumAfter(all, { gone, free });
    const expected = { repository: shrinksBy(new Set()), hub: shrinksBy(elsewhere) };
    const nothing = { repository: 0, hub: 0 };
    for (const untagged of ["remove", "keep"] as const) {
      const found = await new FreedBy({ ...scene, untagged }).findOfTags(API, asked, seen);
      const what = JSON.stringify({ round, untagged, tags, all });
      expect(found.unknown, what).toEqual(["nothing"]);
      expect(found.withUntagged, what).toEqual(expected);
      expect(found.freed, what).toEqual(untagged === "keep" ? nothing : expected);
    }
  }
});

/** An image for each tag: of its layers a hundred share one, and all share four. */
async function storeMany({ db }: Scene, count: number) {
  for (const statement of [
    `with recursive n (i) as (select 1 union all select i + 1 from n where i < ${count})
      insert into manifests select i, 1, 'm' || i, 1, null from n`,
    "insert into tags select 1, 't' || id, id from manifests",
    "insert into manifest_references select id, 1, 'layer', 'l' || (id / 100) from manifests",
    `with recursive base (i) as (select 1 union all select i + 1 from base where i < 4)
      insert into manifest_references select id, 1, 'layer', 'base' || i from manifests, base`,
    "insert into blobs (digest, size, state) select distinct digest, 1000, 'live' from manifest_references",
  ])
    await sql.raw(statement).execute(db);
}

test("what 500 of 20,000 tags free is found in a moment, and in slices that let others in between", async () => {
  await using scene = await open();
  await storeMany(scene, 20_000);
  const tags = Array.from({ length: 500 }, (_, at) => `t${100 + at}`);
  const freedBy = new FreedBy({ ...scene, untagged: "keep" });
  let [isDone, turns] = [false, 0];
  const watching = (async () => {
    for (; !isDone; turns += 1) await setImmediate();
  })();
  const begin = performance.now();
  const found = await freedBy.findOfTags(API, tags, new Set());
  const tookMs = performance.now() - begin;
  isDone = true;
  await watching;
  expect(found.withUntagged).toEqual({ repository: 500 + 5 * 1000 });
  expect(turns).toBeGreaterThan(16);
  // It takes a tenth of a second; many seconds, where every manifest of the repository is compared with each of them.
  expect(tookMs).toBeLessThan(2500);
});
