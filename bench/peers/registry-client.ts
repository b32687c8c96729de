import { createReadStream } from "node:fs";
import { Agent, type IncomingMessage, request } from "node:http";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { Artifact, BlobFile } from "../content.ts";

const agent = new Agent({ keepAlive: true });

/** Brings content into a registry, outside of any measurement. */
export async function pushBlob(origin: string, repository: string, blob: BlobFile): Promise<void> {
  const blobs = `${origin}/v2/${repository}/blobs`;
  if ((await send("HEAD", `${blobs}/${blob.digest}`)).statusCode === 200) return;
  const opened = expectStatus(await send("POST", `${blobs}/uploads/`), 202);
  const location = new URL(opened.headers.location ?? "", origin);
  location.searchParams.set("digest", blob.digest);
  const body = createReadStream(blob.path, { highWaterMark: 1024 * 1024 });
  expectStatus(await send("PUT", location.href, { body, length: blob.size }), 201);
}

export async function pushManifest(
  origin: string,
  repository: string,
  target: { readonly tag: string; readonly manifest: Artifact },
): Promise<void> {
  const { manifest, tag } = target;
  const url = `${origin}/v2/${repository}/manifests/${tag}`;
  const headers = { "content-type": manifest.mediaType };
  const answer = await send("PUT", url, {
    body: manifest.content,
    length: manifest.content.length,
    headers,
  });
  expectStatus(answer, 201);
}

/** Several tags for one manifest in a single request, as the specification has it since 1.2. */
export async function pushTags(
  origin: string,
  repository: string,
  target: { readonly tags: readonly string[]; readonly manifest: Artifact },
): Promise<void> {
  const query = target.tags.map((tag) => `tag=${tag}`).join("&");
  const tag = `${target.manifest.digest}?${query}`;
  await pushManifest(origin, repository, { tag, manifest: target.manifest });
}

interface Body {
  readonly body: Readable | Buffer;
  readonly length: number;
  readonly headers?: Readonly<Record<string, string>>;
}

async function send(method: string, url: string, body?: Body): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = { ...body?.headers, "content-length": body?.length ?? 0 };
  const sending = request(url, { method, agent, headers }, resolve);
  sending.on("error", reject);
  if (body === undefined || Buffer.isBuffer(body.body)) sending.end(body?.body);
  else await pipeline(body.body, sending);
  const answer = await promise;
  const message = await text(answer);
  if (answer.statusCode !== undefined && answer.statusCode >= 500) throw new Error(message);
  return answer;
}

function expectStatus(answer: IncomingMessage, status: number): IncomingMessage {
  if (answer.statusCode === status) return answer;
  const { method, path } = answer as { method?: string; path?: string };
  throw new Error(`expected ${status}, got ${answer.statusCode} for ${method} ${path}`);
}
