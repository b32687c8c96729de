import type { Readable } from "node:stream";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../../access/index.ts";
import { BUILD_PATHS, logQuery } from "../../contract/builds.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import { type BuildRouteDeps, getBuild } from "../build-routes.ts";
import { type Build, findBuild } from "../builds-store.ts";
import type { BuildId } from "../tables.ts";
import { type LogPlace, parseLogPlace, printLogPlace } from "./log-place.ts";
import { LogReaders } from "./log-readers.ts";

const config = { access: "account" } as const;
const params = z.object({ id: z.string().max(64) });
const FULL = { status: 503, title: "too many logs are read already" };
const MINUTE_MS = 60_000;
/** Then the page asks anew, and goes on where it was if its reader still may. */
const LASTS_MS = 5 * MINUTE_MS;

type LogDeps = Pick<BuildRouteDeps, "database" | "access" | "findRepository" | "logs">;

/** What builds print, as text or as events. */
export function createLogRoutes(deps: LogDeps): FastifyPluginAsyncZod {
  const readers = new LogReaders();
  return async (app) => {
    const schema = { params, querystring: logQuery };
    app.get(`${BUILD_PATHS.one}/:id/log`, { config, schema }, async (request, reply) => {
      const caller = callerOf(request);
      const { build } = await getBuild(deps, caller, { ...request.params, action: "pull" });
      const isLive = request.headers.accept === "text/event-stream";
      const { follow = false, after = "" } = request.query;
      const last = request.headers["last-event-id"] ?? after;
      const ended = new AbortController();
      const texts = isLive
        ? readEvents(deps, build.id, { from: parseLogPlace(String(last)), signal: ended.signal })
        : readText(deps, build.id, { follow, signal: ended.signal });
      const stream = openReader(readers, caller, texts);
      reply.raw.once("close", () => ended.abort());
      if (isLive) endInTime(ended, stream);
      // Proxies would hold back what is to come at once.
      reply.header("X-Accel-Buffering", "no");
      reply.type(isLive ? "text/event-stream" : "text/plain; charset=utf-8");
      return reply.send(stream);
    });
  };
}

/** Throws when there is no place for one more. */
function openReader(readers: LogReaders, ...reader: Parameters<LogReaders["open"]>): Readable {
  const stream = readers.open(...reader);
  if (stream === undefined) throw new ProblemError(FULL);
  return stream;
}

/** Whoever does not read what was sent would never come to its end. */
function endInTime(ended: AbortController, stream: Readable): void {
  const timers = [
    setTimeout(() => ended.abort(), LASTS_MS),
    setTimeout(() => stream.destroy(), LASTS_MS + MINUTE_MS),
  ];
  stream.once("close", () => timers.forEach(clearTimeout));
}

async function* readText(
  { database, logs }: LogDeps,
  id: BuildId,
  { follow, signal }: { readonly follow: boolean; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  const isOver = async () => !follow || isEnded(await findBuild(database.reader, id));
  for await (const { text } of logs.read(id, { isOver, signal })) yield text;
}

/** The id of each is where the next begins: a browser that lost the connection asks from there. */
async function* readEvents(
  { database, logs }: LogDeps,
  id: BuildId,
  { from, signal }: { readonly from: LogPlace | undefined; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  const isOver = async () => isEnded(await findBuild(database.reader, id));
  for await (const { text, next, isAnew } of logs.read(id, { from, isOver, signal })) {
    if (isAnew) yield "event: anew\ndata:\n\n";
    if (text !== "") yield toEvent(text, next);
  }
  if (!signal.aborted) yield "event: end\ndata:\n\n";
}

function toEvent(text: string, next: LogPlace): string {
  const lines = text.replace(/\n$/, "").split(/\r\n|\n|\r/);
  return `id: ${printLogPlace(next)}\n${lines.map((line) => `data: ${line}\n`).join("")}\n`;
}

function isEnded(build: Build | undefined): boolean {
  return build?.endedAt !== undefined || build === undefined;
}
