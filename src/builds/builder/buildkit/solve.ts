import { randomBytes } from "node:crypto";
import { BuildFailed } from "../build-failed.ts";
import type { BuildEvent, BuildStep } from "../builder.ts";
import { type GrpcClient, GrpcError } from "./grpc-client.ts";
import { Progress } from "./progress.ts";
import { type Service, serveSession } from "./session.ts";
import { encode } from "./wire-message.ts";

export interface Solve {
  /** Of the frontend: `target`, `build-arg:NAME`, `platform`. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly exporter: string;
  readonly exporterAttributes: Readonly<Record<string, string>>;
  readonly sharedKey: string;
  readonly services: Readonly<Record<string, Service>>;
}

const CONTROL = "/moby.buildkit.v1.Control";
/** With a command line of ours, no `# syntax=` in a Dockerfile has another program read it. */
const FIXED = { filename: "Dockerfile", cmdline: "berth" };

/** Has BuildKit build a Dockerfile. Throws BuildFailed, and what the signal was aborted with. */
export async function solve(
  client: GrpcClient,
  wish: Solve,
  run: { readonly tell: (event: BuildEvent) => void; readonly signal: AbortSignal },
): Promise<readonly BuildStep[]> {
  const { signal } = run;
  const id = randomBytes(16).toString("hex");
  const { sharedKey, services } = wish;
  using _session = serveSession(client, { id, sharedKey, services });
  const progress = new Progress(run.tell);
  const request = encode([
    [1, id],
    [3, wish.exporter],
    [4, wish.exporterAttributes],
    [5, id],
    [6, "dockerfile.v0"],
    [7, { ...FIXED, ...wish.attributes }],
  ]);
  const over = new AbortController();
  const watched = watch(client, { id, progress, signal: AbortSignal.any([signal, over.signal]) });
  try {
    await client.call(`${CONTROL}/Solve`, request, signal);
    await watched;
  } catch (cause) {
    signal.throwIfAborted();
    if (!(cause instanceof GrpcError)) throw cause;
    // What was printed last is about to arrive.
    await Promise.race([watched, waitFor(LAST_WORDS_MS)]);
    throw toFailure(cause);
  } finally {
    over.abort();
    await watched;
  }
  return progress.steps;
}

const LAST_WORDS_MS = 2000;

async function waitFor(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, ms).unref();
  await promise;
}

/** Never throws: a build goes on without anybody who watches, and fails by itself. */
async function watch(
  client: GrpcClient,
  wish: { readonly id: string; readonly progress: Progress; readonly signal: AbortSignal },
): Promise<void> {
  try {
    const request = encode([[1, wish.id]]);
    for await (const status of client.stream(`${CONTROL}/Status`, request, wish.signal))
      wish.progress.note(status);
  } catch (cause) {
    if (wish.signal.aborted) return;
    const why = cause instanceof Error ? cause.message : String(cause);
    wish.progress.say(`the builder tells no more of it: ${why}`);
  }
}

function toFailure(cause: GrpcError): BuildFailed {
  const [, code] = /exit code: (\d+)/.exec(cause.message) ?? [];
  const message = cause.message.replace(/^failed to solve(?: with frontend [^:]*)?: /, "");
  const exitCode = code === undefined ? undefined : Number(code);
  return new BuildFailed(message, { cause, exitCode });
}
