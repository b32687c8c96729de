import { describe, expect } from "vitest";
import { randomImage } from "../harness/artifacts.ts";
import { buildIndex, digestOf } from "../harness/images.ts";
import { blobPath, manifestPath } from "../harness/registry-client.ts";
import { expectEmpty, expectRefusal } from "./expectations.ts";
import { newRepository, type Suite } from "./target.ts";

export function describeDeletion({ check, target }: Suite): void {
  describe("deletion", () => {
    check("X1: a tag, a manifest and a blob can be deleted", async () => {
      const { client, random } = target();
      const repository = newRepository(target());
      const image = randomImage(random);
      await client.push(repository, "1", image);
      const paths = [
        manifestPath(repository, "1"),
        manifestPath(repository, image.manifest.digest),
        blobPath(repository, image.config.digest),
        ...image.layers.map(({ digest }) => blobPath(repository, digest)),
      ];
      for (const path of paths) {
        expect((await client.delete(path)).status, path).toBe(202);
        expect((await client.head(path)).status, path).toBe(404);
      }
    });

    check("X1: what is not there cannot be deleted and answers 404", async () => {
      const { client, random } = target();
      const repository = newRepository(target());
      await client.push(repository, "1", randomImage(random));
      const digest = digestOf(random.bytes(10));
      const code = ["MANIFEST_UNKNOWN", "BLOB_UNKNOWN"];
      for (const path of [
        manifestPath(repository, "missing"),
        manifestPath(repository, digest),
        blobPath(repository, digest),
      ]) {
        expectRefusal(await client.delete(path), { status: 404, code });
      }
    });

    check("X1: deleting twice answers 404 the second time", async () => {
      const { client, random } = target();
      const repository = newRepository(target());
      const image = randomImage(random);
      await client.push(repository, "1", image);
      for (const reference of ["1", image.manifest.digest]) {
        const path = manifestPath(repository, reference);
        expect((await client.delete(path)).status).toBe(202);
        expectRefusal(await client.delete(path), { status: 404, code: "MANIFEST_UNKNOWN" });
      }
    });

    check("X2: a deleted manifest is gone at once, and so is every tag that named it", async () => {
      const { client, random } = target();
      const repository = newRepository(target());
      const [image, other] = [randomImage(random), randomImage(random)];
      for (const tag of ["1", "2", "latest"]) await client.push(repository, tag, image);
      await client.push(repository, "other", other);
      const deleted = await client.delete(manifestPath(repository, image.manifest.digest));
      expect(deleted.status).toBe(202);
      for (const reference of [image.manifest.digest, "1", "2", "latest"]) {
        expect((await client.getManifest(repository, reference)).status).toBe(404);
        expectEmpty(await client.headManifest(repository, reference), 404);
      }
      const list = await client.get(`/v2/${repository}/tags/list`);
      expect(JSON.parse(list.body.toString()).tags).toEqual(["other"]);
      await client.assertPullable(repository, "other", other);
    });

    check("X2: a deleted manifest can be pushed again", async () => {
      const { client, random } = target();
      const repository = newRepository(target());
      const image = randomImage(random);
      await client.push(repository, "1", image);
      await client.delete(manifestPath(repository, image.manifest.digest));
      await client.push(repository, "1", image);
      await client.assertPullable(repository, "1", image);
    });

    check("X3: without its tag a manifest is still there by digest", async () => {
      const { client, random } = target();
      const repository = newRepository(target());
      const image = randomImage(random);
      for (const tag of ["1", "2"]) await client.push(repository, tag, image);
      expect((await client.delete(manifestPath(repository, "1"))).status).toBe(202);
      expect((await client.getManifest(repository, "1")).status).toBe(404);
      await client.assertPullable(repository, "2", image);
      await client.assertPullable(repository, image.manifest.digest, image);
    });

    check("X4: nothing can be deleted in an unknown repository", async () => {
      const { client, random } = target();
      const repository = newRepository(target());
      const digest = digestOf(random.bytes(10));
      for (const path of [
        manifestPath(repository, "1"),
        manifestPath(repository, digest),
        blobPath(repository, digest),
      ]) {
        expectRefusal(await client.delete(path), { status: 404 });
      }
    });

    check("X5: a blob that a manifest needs is either kept or deleted as asked", async () => {
      const { client, random } = target();
      const repository = newRepository(target());
      const image = randomImage(random);
      await client.push(repository, "1", image);
      const path = blobPath(repository, image.config.digest);
      const answer = await client.delete(path);
      if (answer.status === 202) {
        expectEmpty(await client.head(path), 404);
        return;
      }
      expectRefusal(answer, { status: [405, 409] });
      await client.assertPullable(repository, "1", image);
    });

    check("X5: a child of an index is either kept or deleted as asked", async () => {
      const { client, random } = target();
      const repository = newRepository(target());
      const child = randomImage(random);
      const index = buildIndex([child, randomImage(random)]);
      await client.push(repository, "1", index);
      const answer = await client.delete(manifestPath(repository, child.manifest.digest));
      if (answer.status !== 202) {
        expectRefusal(answer, { status: [405, 409] });
        await client.assertPullable(repository, "1", index);
        return;
      }
      const gone = await client.getManifest(repository, child.manifest.digest);
      expect(gone.status).toBe(404);
      expect((await client.getManifest(repository, "1")).status).toBe(200);
    });
  });
}
