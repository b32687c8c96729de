import { createHash } from "node:crypto";

const EMPTY = "{}";
const BLOB = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

/**
 * A layer and a manifest to `acme/app:1`, the layer mounted into `acme/other`, then tag, manifest and mounted layer deleted,
 * unless `deletes` is false. Throws when the hub refuses any of it.
 */
export async function pushManifestSeries(
  url: string,
  options: { readonly manifest?: string; readonly deletes?: boolean } = {},
) {
  const ask = async (request: string, body?: string, type = "application/octet-stream") => {
    const [method = "GET", path = "/"] = request.split(" ");
    const response = await fetch(new URL(path, url), {
      method,
      headers: { "user-agent": "notified/1.0", "content-type": type },
      ...(body === undefined ? {} : { body }),
    });
    if (!response.ok) throw new Error(`${request}: ${response.status} ${await response.text()}`);
  };
  const empty = { mediaType: "application/vnd.oci.empty.v1+json", digest: BLOB, size: 2 };
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: empty,
    layers: [empty],
    annotations: { title: options.manifest ?? "first" },
  });
  const digest = `sha256:${createHash("sha256").update(manifest).digest("hex")}`;
  await ask(`POST /v2/acme/app/blobs/uploads/?digest=${BLOB}`, EMPTY);
  await ask("PUT /v2/acme/app/manifests/1", manifest, MANIFEST);
  await ask(`POST /v2/acme/other/blobs/uploads/?mount=${BLOB}&from=acme/app`);
  if (options.deletes !== false) {
    await ask("DELETE /v2/acme/app/manifests/1");
    await ask(`DELETE /v2/acme/app/manifests/${digest}`);
    await ask(`DELETE /v2/acme/other/blobs/${BLOB}`);
  }
  return { blob: BLOB, digest, size: Buffer.byteLength(manifest) };
}
