import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { readJob, writeResult } from "./job.ts";

/** Pushes many small things that the server has never seen, several at once. */
export interface PushManyJob {
  readonly origin: string;
  readonly repository: string;
  readonly count: number;
  readonly concurrency: number;
  /** Layers of that many bytes by POST and PUT, or manifests made from a template by one PUT each. */
  readonly what:
    | { readonly layerBytes: number }
    | { readonly manifest: string; readonly mediaType: string };
}

export interface PushManyResult {
  readonly pushes: number;
  readonly seconds: number;
  readonly p99Ms: number;
}

const job = readJob<PushManyJob>();
const agent = new Agent({ keepAlive: true, maxSockets: job.concurrency });
const contents = Array.from({ length: job.count }, makeContent);
const latencies: number[] = [];
const begin = performance.now();
await Promise.all(Array.from({ length: job.concurrency }, pushSome));
const seconds = (performance.now() - begin) / 1000;
latencies.sort((left, right) => left - right);
const p99Ms = latencies[Math.floor((latencies.length - 1) * 0.99)] ?? Number.NaN;
writeResult({ pushes: latencies.length, seconds, p99Ms } satisfies PushManyResult);
agent.destroy();

async function pushSome(): Promise<void> {
  for (let content = contents.pop(); content !== undefined; content = contents.pop()) {
    const started = performance.now();
    if ("layerBytes" in job.what) await pushLayer(content);
    else await pushManifest(content, job.what.mediaType);
    latencies.push(performance.now() - started);
  }
}

interface Content {
  readonly bytes: Buffer;
  readonly digest: string;
  readonly name: string;
}

async function pushLayer(content: Content): Promise<void> {
  const opened = await send("POST", `${job.origin}/v2/${job.repository}/blobs/uploads/`);
  expectStatus(opened, 202);
  const location = new URL(opened.headers.location ?? "", job.origin);
  location.searchParams.set("digest", content.digest);
  const body = { bytes: content.bytes, type: "application/octet-stream" };
  expectStatus(await send("PUT", location.href, body), 201);
}

async function pushManifest(content: Content, type: string): Promise<void> {
  const url = `${job.origin}/v2/${job.repository}/manifests/${content.name}`;
  expectStatus(await send("PUT", url, { bytes: content.bytes, type }), 201);
}

interface Body {
  readonly bytes: Buffer;
  readonly type: string;
}

async function send(method: string, url: string, body?: Body): Promise<IncomingMessage> {
  const headers = {
    "content-length": body?.bytes.length ?? 0,
    ...(body && { "content-type": body.type }),
  };
  const sending = request(url, { method, agent, headers });
  sending.end(body?.bytes);
  const [answer] = (await once(sending, "response")) as [IncomingMessage];
  answer.resume();
  await once(answer, "end");
  return answer;
}

function expectStatus(answer: IncomingMessage, status: number): void {
  if (answer.statusCode !== status) throw new Error(`expected ${status}, got ${answer.statusCode}`);
}

function makeContent(): Content {
  const name = randomBytes(12).toString("hex");
  const bytes =
    "layerBytes" in job.what
      ? randomBytes(job.what.layerBytes)
      : Buffer.from(job.what.manifest.replace("%NOTE%", name));
  return { name, bytes, digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}` };
}
