import { Readable } from "node:stream";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { type Caller, callerOf } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { USAGE_PATH, usageQuery } from "../contract/pulls.ts";
import { toCsvRow } from "../lib/csv.ts";
import { findNamespace, type NamespaceId, type NamespaceName } from "../namespaces/index.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { PullTables } from "./tables.ts";
import { listUsage, type UsageHour, type UsageWish } from "./usage.ts";

export interface UsageRouteDeps {
  readonly database: Pick<Database<PullTables>, "reader">;
  /** Throws NOT_FOUND or DENIED unless the namespace is the caller's. */
  readonly getNamespace: (caller: Caller, name: string) => Promise<{ readonly id: NamespaceId }>;
}

/** As in the reports of Docker Hub. */
const COLUMNS = [
  "datehour",
  "user_name",
  "repository",
  "access_token_name",
  "ips",
  "repository_privacy",
  "tag",
  "digest",
  "version_checks",
  "pulls",
] as const;

/** Who pulled what in which hour: all of it for administrators and auditors of the hub, of a namespace for its owner. */
export function createUsageRoutes(deps: UsageRouteDeps): FastifyPluginAsyncZod {
  const config = { access: "account" } as const;
  return async (app) => {
    const schema = { querystring: usageQuery };
    app.get(USAGE_PATH, { config, schema }, async (request, reply) => {
      const { namespace: name, format, from, to } = request.query;
      const namespace = await findScope(deps, callerOf(request), name);
      const wish = { namespace, from: from && new Date(from), to: to && new Date(to) };
      const type = format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson";
      return reply.type(type).send(Readable.from(print(deps, asWish(wish), format)));
    });
  };
}

function asWish(wish: {
  readonly namespace: NamespaceId | undefined;
  readonly from: Date | "" | undefined;
  readonly to: Date | "" | undefined;
}): UsageWish {
  return { ...wish, from: wish.from || undefined, to: wish.to || undefined };
}

/** The namespace that the caller may look at; undefined for whoever may look at all. */
async function findScope(
  deps: UsageRouteDeps,
  caller: Caller,
  name: string | undefined,
): Promise<NamespaceId | undefined> {
  const { role, credential } = caller.by;
  const seesAll = role !== undefined && credential?.permits === undefined;
  if (name !== undefined && !seesAll) return (await deps.getNamespace(caller, name)).id;
  if (name !== undefined) return await getNamespaceId(deps, name);
  if (seesAll) return undefined;
  const detail =
    "the usage of the whole hub is for its administrators and auditors; owners name what is theirs by ?namespace=";
  throw new ProblemError(PROBLEMS.DENIED, { detail });
}

async function getNamespaceId(
  { database }: Pick<UsageRouteDeps, "database">,
  name: string,
): Promise<NamespaceId> {
  const found = await findNamespace(database.reader, name.toLowerCase() as NamespaceName);
  if (found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
  return found.id;
}

async function* print(
  deps: UsageRouteDeps,
  wish: UsageWish,
  format: "csv" | "jsonl",
): AsyncGenerator<string> {
  if (format === "csv") yield toCsvRow(COLUMNS);
  for await (const hours of listUsage(deps.database, wish)) {
    yield hours.map((hour) => (format === "csv" ? toCsv(hour) : toJson(hour))).join("");
  }
}

function toCsv(hour: UsageHour): string {
  const facts = toFacts(hour);
  return toCsvRow(COLUMNS.map((column) => String(facts[column])));
}

function toJson(hour: UsageHour): string {
  return `${JSON.stringify(toFacts(hour))}\n`;
}

function toFacts(hour: UsageHour): Readonly<Record<(typeof COLUMNS)[number], string | number>> {
  return {
    // 2026-11-28T01:00:00.000Z
    datehour: new Date(hour.hour).toISOString().slice(0, 13).replaceAll(/[-T]/g, "/"),
    user_name: hour.account,
    repository: hour.repository,
    access_token_name: hour.credential,
    ips: hour.address,
    repository_privacy: hour.visibility,
    tag: hour.tag,
    digest: hour.digest,
    version_checks: Number(hour.checks),
    pulls: Number(hour.pulls),
  };
}
