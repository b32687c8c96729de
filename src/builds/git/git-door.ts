import { spawn } from "node:child_process";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

const HEAD_BYTES = 64 * 1024;
const REQUEST_MS = 10 * 60_000;

/** A request to `git http-backend`, in the words of CGI. */
export interface BackendRequest {
  readonly repositoryPath: string;
  readonly path: string;
  readonly query: string;
  /** Undefined for those who may only fetch. */
  readonly pusher: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

/** Lets git answer, but for the end of the answer, which is the caller's. Throws when git does not. */
export async function answerByGit(
  wish: BackendRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const child = spawn("git", ["http-backend"], {
    env: { ...wish.environment, ...describeRequest(wish, request) },
    stdio: ["pipe", "pipe", "ignore"],
    timeout: REQUEST_MS,
    killSignal: "SIGKILL",
  });
  const ended = once(child, "close");
  const hangUp = () => child.kill("SIGKILL");
  response.once("close", hangUp);
  try {
    // Git may answer before it has read everything, and then closes its end.
    pipeline(request, child.stdin).catch(() => undefined);
    await passOn(child.stdout, response);
    await ended;
  } finally {
    response.off("close", hangUp);
    child.kill("SIGKILL");
  }
}

function describeRequest(
  wish: BackendRequest,
  request: IncomingMessage,
): Readonly<Record<string, string>> {
  const header = (name: string) => {
    const value = request.headers[name];
    return typeof value === "string" ? value : "";
  };
  return {
    GIT_PROJECT_ROOT: wish.repositoryPath,
    GIT_HTTP_EXPORT_ALL: "1",
    PATH_INFO: wish.path,
    QUERY_STRING: wish.query,
    REQUEST_METHOD: request.method ?? "GET",
    CONTENT_TYPE: header("content-type"),
    HTTP_CONTENT_ENCODING: header("content-encoding"),
    GIT_PROTOCOL: /^version=[0-9]$/.test(header("git-protocol")) ? header("git-protocol") : "",
    ...(wish.pusher === undefined ? {} : { REMOTE_USER: wish.pusher }),
  };
}

/** The head that a CGI program writes becomes the response's. */
async function passOn(output: Readable, response: ServerResponse): Promise<void> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of output as AsyncIterable<Buffer>) {
    if (head === undefined) {
      await send(chunk, response);
      continue;
    }
    const rest = takeHead(head, chunk, response);
    head = rest === undefined ? Buffer.concat([head, chunk]) : undefined;
    if (rest !== undefined) await send(rest, response);
  }
  if (head !== undefined) throw new Error("git did not answer");
}

async function send(bytes: Buffer, response: ServerResponse): Promise<void> {
  if (!response.destroyed && !response.write(bytes)) await drained(response);
}

/** What follows the head, once it is whole. */
function takeHead(head: Buffer, chunk: Buffer, response: ServerResponse): Buffer | undefined {
  const all = Buffer.concat([head, chunk]);
  const end = all.indexOf("\r\n\r\n");
  if (end < 0 && all.length > HEAD_BYTES) throw new Error("git wrote no head");
  if (end < 0) return undefined;
  writeHead(all.subarray(0, end).toString("latin1"), response);
  return all.subarray(end + 4);
}

/** Or gone: then there is nobody to wait for. */
async function drained(response: ServerResponse): Promise<void> {
  const done = new AbortController();
  const { signal } = done;
  await Promise.race([once(response, "drain", { signal }), once(response, "close", { signal })]);
  done.abort();
}

function writeHead(text: string, response: ServerResponse): void {
  let status = 200;
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}
