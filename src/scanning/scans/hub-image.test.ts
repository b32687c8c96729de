import { Readable } from "node:stream";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { toDigest } from "../../oci/digest.ts";
import { OCI_IMAGE } from "../../oci/media-type.ts";
import { migrateToLatest, openSqliteDatabase } from "../../platform/db/index.ts";
import { createRegistryTables, type RegistryTables } from "../../registry/index.ts";
import { createRepositories } from "../../repositories/index.ts";
import { openHubImage } from "./hub-image.ts";

const [manifest, config, layer] = ["a", "b", "c"].map((hex) => toDigest("sha256", hex.repeat(64)));

test("what an image names is read only where a repository that holds the image has it", async () => {
  await using home = await makeTempDirectory("hub-image");
  const database = await openSqliteDatabase<RegistryTables>({ path: `${home.path}/berth.db` });
  const { writer: db } = database;
  await migrateToLatest(db, {
    "1": { up: createRepositories },
    "2": { up: createRegistryTables },
  });
  const payload = JSON.stringify({
    ...{ schemaVersion: 2, mediaType: OCI_IMAGE },
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: config, size: 2 },
    layers: [
      {
        mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar",
        digest: layer,
        size: 2,
      },
    ],
  });
  await sql`insert into repositories values (1, 'eve/x', 0), (2, 'acme/private', 0)`.execute(db);
  await sql`insert into blobs values (1, ${config}, 2, 'live', 0), (2, ${layer}, 2, 'live', 0)`.execute(
    db,
  );
  await sql`insert into repository_blobs values (1, 1), (2, 1), (2, 2)`.execute(db);
  await sql`insert into manifests (repository_id, digest, media_type, size, payload, pushed_at)
    values (1, ${manifest}, ${OCI_IMAGE}, 2, ${Buffer.from(payload)}, 0)`.execute(db);
  const diffIds = JSON.stringify({ rootfs: { diff_ids: [layer] } });
  const blobs = { read: async () => Readable.from([diffIds]), size: async () => 2 };
  const open = () => openHubImage(manifest as never, { db, blobs: blobs as never });

  await expect(open()).rejects.toMatchObject({
    name: "ImageUnreadable",
    message: expect.stringContaining(`does not have ${layer}`),
  });
  await sql`insert into repository_blobs values (1, 2)`.execute(db);
  expect(await open()).toMatchObject({ kind: "image", image: { layers: [{ blob: layer }] } });
  await database.close();
});
