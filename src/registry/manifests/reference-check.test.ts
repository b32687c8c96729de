import { expect, test } from "vitest";
import { parseManifest } from "../../oci/manifest.ts";
import { OCI_IMAGE } from "../../oci/media-type.ts";
import { assertReferencesExist } from "./reference-check.ts";

const [config, layer] = ["a", "b"].map((hex) => ({
  digest: `sha256:${hex.repeat(64)}`,
  size: 2,
  urls: ["https://example.com/elsewhere"],
}));

test("a layer may live elsewhere, a config may not, whatever addresses it names", async () => {
  const manifest = parseManifest({
    contentType: OCI_IMAGE,
    bytes: Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_IMAGE,
        config: { ...config, mediaType: "application/vnd.oci.image.config.v1+json" },
        layers: [{ ...layer, mediaType: "application/vnd.oci.image.layer.v1.tar" }],
      }),
    ),
  });
  const policy = {
    missingBlobs: "refuse",
    missingChildren: "refuse",
    assertForeignUrls: () => undefined,
  } as const;
  // A repository that does not exist yet has nothing, and nobody asks the database.
  const db = undefined as never;
  const check = assertReferencesExist(db, { repositoryId: undefined, manifest, policy });
  await expect(check).rejects.toMatchObject({
    errors: [expect.objectContaining({ detail: { digest: config?.digest } })],
  });
});
