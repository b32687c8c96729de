import { createHash } from "node:crypto";
import { contentTypeOf } from "./hub-api.ts";

export interface ImageText {
  readonly config: object;
  readonly layers: readonly (string | Buffer)[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Pushes an image that says whatever the test wants it to; answers its digest. */
export async function pushImage(
  url: string,
  { name, password }: { readonly name: string; readonly password: string },
  image: ImageText & { readonly as: string },
): Promise<string> {
  const [repository = "", tag = "latest"] = image.as.split(":");
  const authorization = `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
  const config = await send(
    "application/vnd.oci.image.config.v1+json",
    JSON.stringify(image.config),
  );
  const layers = [];
  for (const layer of image.layers)
    layers.push(await send("application/vnd.oci.image.layer.v1.tar", layer));
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const { annotations } = image;
  const manifest = { schemaVersion: 2, mediaType, config, layers, annotations };
  const answer = await fetch(`${url}/v2/${repository}/manifests/${tag}`, {
    method: "PUT",
    headers: { authorization, "content-type": contentTypeOf(manifest) },
    body: JSON.stringify(manifest),
  });
  if (answer.status !== 201) throw new Error(`the hub answered ${answer.status}`);
  return answer.headers.get("docker-content-digest") ?? "";

  async function send(mediaType: string, content: string | Buffer) {
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    const sent = await fetch(`${url}/v2/${repository}/blobs/uploads/?digest=${digest}`, {
      method: "POST",
      headers: { authorization, "content-type": "application/octet-stream" },
      body: content,
    });
    if (sent.status !== 201) throw new Error(`the hub answered ${sent.status}`);
    return { mediaType, digest, size: Buffer.byteLength(content) };
  }
}
