import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { Agent, type ClientRequest, type IncomingMessage, request } from "node:http";
import { readJob, writeResult } from "./job.ts";

/** Pushes one large blob that the server has never seen. */
export interface PushBlobJob {
  readonly origin: string;
  readonly repository: string;
  readonly size: number;
  /** `monolithic`: POST, PUT. `streamed`: POST, one PATCH, PUT, as docker does. A number: PATCHes of that many bytes. */
  readonly way: "monolithic" | "streamed" | number;
}

export interface PushBlobResult {
  readonly seconds: number;
}

const PIECE_BYTES = 1024 * 1024;

const job = readJob<PushBlobJob>();
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
// The digest is known before the clock starts; all pieces but the first are the same memory.
const first = randomBytes(PIECE_BYTES);
const other = randomBytes(PIECE_BYTES);
const digest = digestOf(job.size);
const begin = performance.now();
await push();
writeResult({ seconds: (performance.now() - begin) / 1000 } satisfies PushBlobResult);
agent.destroy();

async function push(): Promise<void> {
  const uploads = `${job.origin}/v2/${job.repository}/blobs/uploads/`;
  let location = locationOf(await send("POST", uploads, 0, 0), 202);
  const chunk = job.way === "monolithic" ? 0 : job.way === "streamed" ? job.size : job.way;
  for (let at = 0; chunk > 0 && at < job.size; at += chunk) {
    const end = Math.min(job.size, at + chunk);
    location = locationOf(await send("PATCH", location, at, end), 202);
  }
  const last = new URL(location);
  last.searchParams.set("digest", digest);
  const start = chunk > 0 ? job.size : 0;
  locationOf(await send("PUT", last.href, start, job.size), 201);
}

async function send(
  method: string,
  url: string,
  ...[start, end]: [number, number]
): Promise<IncomingMessage> {
  const headers: Record<string, string | number> = { "content-length": end - start };
  if (typeof job.way === "number" && method === "PATCH") {
    headers["content-range"] = `${start}-${end - 1}`;
  }
  if (end > start) headers["content-type"] = "application/octet-stream";
  const sending = request(url, { method, agent, headers });
  const answered = once(sending, "response") as Promise<[IncomingMessage]>;
  await writeRange(sending, start, end);
  const [answer] = await answered;
  answer.resume();
  await once(answer, "end");
  return answer;
}

async function writeRange(sending: ClientRequest, start: number, end: number): Promise<void> {
  for (let at = start; at < end; ) {
    const piece = at < PIECE_BYTES ? first : other;
    const offset = at % PIECE_BYTES;
    const slice = piece.subarray(offset, Math.min(PIECE_BYTES, offset + end - at));
    at += slice.length;
    if (!sending.write(slice) && at < end) await once(sending, "drain");
  }
  sending.end();
}

function locationOf(answer: IncomingMessage, status: number): string {
  if (answer.statusCode !== status) throw new Error(`expected ${status}, got ${answer.statusCode}`);
  return new URL(answer.headers.location ?? "", job.origin).href;
}

function digestOf(size: number): string {
  const hash = createHash("sha256");
  for (let at = 0; at < size; at += PIECE_BYTES) {
    hash.update((at === 0 ? first : other).subarray(0, size - at));
  }
  return `sha256:${hash.digest("hex")}`;
}
