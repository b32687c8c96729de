import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { sql } from "kysely";
import { pino } from "pino";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { type Digest, toDigest } from "../../oci/digest.ts";
import { migrateToLatest, openSqliteDatabase } from "../../platform/db/index.ts";
import type { RegistryTables } from "../../registry/index.ts";
import { createScanningTables } from "../migration-0040.ts";
import { createDecisions } from "../migration-0042.ts";
import type { ScanningTables } from "../tables.ts";
import { ClaimReader } from "./claims.ts";

const INDEX = "application/vnd.oci.image.index.v1+json";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const ONE = toDigest("sha256", "1".repeat(64));
const OTHER = toDigest("sha256", "2".repeat(64));
const VEX = Buffer.from(
  JSON.stringify({
    "@context": "https://openvex.dev/ns/v0.2.0",
    statements: [{ vulnerability: "CVE-2021-44228", products: ["it"], status: "fixed" }],
  }),
);
const DAMAGED = toDigest("sha256", "d".repeat(64));
const SOUND = digestOf(VEX);
/** Another repository has it. */
const FOREIGN = toDigest("sha256", "f".repeat(64));

function digestOf(bytes: Uint8Array): Digest {
  return toDigest("sha256", createHash("sha256").update(bytes).digest("hex"));
}

function describeBlob(digest: Digest, mediaType: string) {
  return { mediaType, digest, size: 10 };
}

function toPayload(mediaType: string, content: object) {
  const payload = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }));
  return { media_type: mediaType, payload, digest: digestOf(payload) };
}

/** What says something of an image, in the document of that digest. */
function toSayings(document: Digest, content: object = {}) {
  const config = describeBlob(ONE, "application/vnd.oci.empty.v1+json");
  return toPayload(MANIFEST, {
    config,
    layers: [describeBlob(document, "application/json")],
    ...content,
  });
}

async function startReading(arrived: readonly ReturnType<typeof toPayload>[]) {
  const home = await makeTempDirectory("claims");
  const database = await openSqliteDatabase<ScanningTables & RegistryTables>({
    path: `${home.path}/berth.db`,
  });
  const { writer } = database;
  await migrateToLatest(writer, {
    "1": { up: createScanningTables },
    "2": { up: createDecisions },
  });
  await sql`create table repositories (id integer primary key, name text)`.execute(writer);
  await sql`create table outbox (topic, ordering_key, payload, created_at)`.execute(writer);
  await sql`create table manifests (id integer primary key, repository_id integer, digest text,
    media_type text, payload blob, pushed_at integer)`.execute(writer);
  await sql`create table blobs (id integer primary key, digest text, state text)`.execute(writer);
  await sql`create table repository_blobs (repository_id integer, blob_id integer)`.execute(writer);
  await sql`insert into repositories values (1, 'acme/web'), (2, 'other/web')`.execute(writer);
  for (const [id, digest] of [SOUND, DAMAGED, FOREIGN].entries()) {
    await sql`insert into blobs values (${id}, ${digest}, 'live')`.execute(writer);
    const repository = digest === FOREIGN ? 2 : 1;
    await sql`insert into repository_blobs values (${repository}, ${id})`.execute(writer);
  }
  for (const row of arrived)
    await writer
      .insertInto("manifests")
      .values({ ...row, repository_id: 1, pushed_at: 7 } as never)
      .execute();
  const asked: Digest[] = [];
  const changed: Digest[] = [];
  const blobs = {
    size: async () => VEX.length,
    read: async (digest: Digest) => {
      asked.push(digest);
      if (digest === DAMAGED) throw new RangeError("Maximum call stack size exceeded");
      return Readable.from([VEX]);
    },
  };
  const log = pino({ level: "silent" });
  return {
    asked,
    changed,
    // Each as if the hub had been started anew.
    work: () => {
      const onChanged = (digest: Digest) => void changed.push(digest);
      return new ClaimReader({ database, blobs, onChanged, log }).work(
        new AbortController().signal,
      );
    },
    listSubjects: async () => {
      const rows = await database.reader.selectFrom("vex_claims").select("subject").execute();
      return rows.map(({ subject }) => subject);
    },
    async [Symbol.asyncDispose]() {
      await database.close();
      await home[Symbol.asyncDispose]();
    },
  };
}

test("a document that fails again and again is skipped, and those after it are read", async () => {
  const before = toSayings(SOUND, { subject: describeBlob(OTHER, MANIFEST) });
  const failing = toSayings(DAMAGED, { subject: describeBlob(ONE, MANIFEST) });
  const after = toSayings(SOUND, { subject: describeBlob(ONE, MANIFEST) });
  await using reading = await startReading([before, failing, after]);
  for (let attempt = 1; attempt <= 5; attempt += 1)
    await expect(reading.work()).rejects.toThrow(RangeError);
  expect(await reading.listSubjects()).toEqual([OTHER]);
  await reading.work();
  expect((await reading.listSubjects()).sort()).toEqual([ONE, OTHER]);
  expect(reading.asked).toEqual([SOUND, ...Array.from({ length: 5 }, () => DAMAGED), SOUND]);
});

test("a document that only another repository has is not read, and says nothing", async () => {
  const foreign = toSayings(FOREIGN, { subject: describeBlob(OTHER, MANIFEST) });
  const own = toSayings(SOUND, { subject: describeBlob(ONE, MANIFEST) });
  await using reading = await startReading([foreign, own]);
  await reading.work();
  expect(reading.asked).toEqual([SOUND]);
  expect(await reading.listSubjects()).toEqual([ONE]);
});

test("a document that an index names for several images is read once", async () => {
  const said = toSayings(SOUND);
  const beside = (about: Digest) => ({
    ...describeBlob(said.digest, MANIFEST),
    annotations: { "vnd.docker.reference.digest": about },
  });
  const index = toPayload(INDEX, { manifests: [beside(ONE), beside(OTHER), beside(ONE)] });
  await using reading = await startReading([said, index]);
  await reading.work();
  expect((await reading.listSubjects()).sort()).toEqual([ONE, OTHER]);
  expect(reading.changed.sort()).toEqual([ONE, OTHER]);
  expect(reading.asked).toEqual([SOUND]);
});
