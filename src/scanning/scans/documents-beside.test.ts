import { Readable } from "node:stream";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { toDigest } from "../../oci/digest.ts";
import { OCI_IMAGE } from "../../oci/media-type.ts";
import { migrateToLatest, openSqliteDatabase } from "../../platform/db/index.ts";
import { createRegistryTables, type RegistryTables } from "../../registry/index.ts";
import { createRepositories } from "../../repositories/index.ts";
import { readDocuments } from "./documents-beside.ts";

const digestOf = (number: number) => toDigest("sha256", number.toString(16).padStart(64, "0"));
const SUBJECT = digestOf(0xa);

test("documents beside an image are read once each, within a bound, and only those of its repository", async () => {
  await using home = await makeTempDirectory("documents-beside");
  const database = await openSqliteDatabase<RegistryTables>({ path: `${home.path}/berth.db` });
  const { writer: db } = database;
  await migrateToLatest(db, {
    "1": { up: createRepositories },
    "2": { up: createRegistryTables },
  });
  await sql`insert into repositories values (1, 'eve/x', 0), (2, 'acme/private', 0)`.execute(db);
  const numbers = Array.from({ length: 100 }, (_, index) => 100 + index);
  for (const number of numbers) {
    await sql`insert into blobs values (${number}, ${digestOf(number)}, 2, 'live', 0)`.execute(db);
    // The first is of somebody else.
    const repository = number === 100 ? 2 : 1;
    await sql`insert into repository_blobs values (${repository}, ${number})`.execute(db);
  }
  const layers = numbers
    .flatMap((number) => [number, number])
    .map((number) => ({ mediaType: "application/json", digest: digestOf(number), size: 2 }));
  const payload = JSON.stringify({
    ...{ schemaVersion: 2, mediaType: OCI_IMAGE, layers },
    config: { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf(1), size: 2 },
    subject: { mediaType: OCI_IMAGE, digest: SUBJECT, size: 2 },
  });
  await sql`insert into manifests (repository_id, digest, media_type, subject, size, payload, pushed_at)
    values (1, ${digestOf(2)}, ${OCI_IMAGE}, ${SUBJECT}, 2, ${Buffer.from(payload)}, 0)`.execute(
    db,
  );
  const read: string[] = [];
  const readAll = async (size: number) => {
    read.length = 0;
    const blobs = {
      size: async () => size,
      read: async (digest: string) => {
        read.push(digest);
        return Readable.from([Buffer.from("{}")]);
      },
    } as never;
    const wanted = { subject: SUBJECT, isWanted: () => true };
    for await (const { document } of readDocuments({ db, blobs }, { id: 1 as never }, wanted))
      expect(document).toEqual({});
    return [...read];
  };

  const several = await readAll(2);
  expect(several).toEqual(numbers.slice(1, 20).map(digestOf));
  expect(await readAll(15 * 1024 * 1024)).toHaveLength(2);
  expect(await readAll(17 * 1024 * 1024)).toHaveLength(0);
  await database.close();
});
