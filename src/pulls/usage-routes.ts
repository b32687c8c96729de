import { Readable } from "node:stream";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { z } from "zod";
import { type Caller, callerOf } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { TRAFFIC_PATH, USAGE_PATH, usageQuery } from "../contract/pulls.ts";
import { toCsvRow } from "../lib/csv.ts";
import { findNamespace, type NamespaceId, type NamespaceName } from "../namespaces/index.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import type { PullTables } from "./tables.ts";
import { listHours, type TrafficHour, type UsageHour, type UsageWish } from "./usage.ts";

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

const TRAFFIC_COLUMNS = [
  "datehour",
  "namespace",
  "repository",
  "user_name",
  "access_token_name",
  "pulls",
  "pulled_bytes",
  "pushes",
  "pushed_bytes",
] as const;

const TYPES = { csv: "text/csv; charset=utf-8", jsonl: "application/x-ndjson" } as const;

/** Who pulled what in which hour, and how much went over the wire: all of it for administrators and auditors of the hub, of a namespace for its owner. */
export function createUsageRoutes(deps: UsageRouteDeps): FastifyPluginAsyncZod {
  const config = { access: "account" } as const;
  return async (app) => {
    const schema = { querystring: usageQuery };
    const findWish = async (caller: Caller, query: z.output<typeof usageQuery>) => {
      const { namespace: name, from, to } = query;
      const namespace = await findScope(deps, caller, name);
      return asWish({ namespace, from: from && new Date(from), to: to && new Date(to) });
    };
    app.get(USAGE_PATH, { config, schema }, async (request, reply) => {
      const { format } = request.query;
      const hours = listHours(
        deps.database,
        "pull_hours",
        await findWish(callerOf(request), request.query),
      );
      return reply
        .type(TYPES[format])
        .send(Readable.from(print({ format, columns: COLUMNS, hours, toFacts })));
    });
    app.get(TRAFFIC_PATH, { config, schema }, async (request, reply) => {
      const { format } = request.query;
      const wish = await findWish(callerOf(request), request.query);
      const hours = listHours(deps.database, "traffic_hours", wish);
      const sheet = { format, columns: TRAFFIC_COLUMNS, hours, toFacts: toTrafficFacts };
      return reply.type(TYPES[format]).send(Readable.from(print(sheet)));
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

type Format = "csv" | "jsonl";
type Facts<Column extends string> = Readonly<Record<Column, string | number>>;

/** Lines are made as they are sent: memory does not grow with them. */
async function* print<Hour, Column extends string>(sheet: {
  readonly format: Format;
  readonly columns: readonly Column[];
  readonly hours: AsyncIterable<readonly Hour[]>;
  readonly toFacts: (hour: Hour) => Facts<Column>;
}): AsyncGenerator<string> {
  const { format, columns, hours, toFacts: describe } = sheet;
  const toLine = (facts: Facts<Column>) =>
    format === "csv"
      ? toCsvRow(columns.map((column) => String(facts[column])))
      : `${JSON.stringify(facts)}\n`;
  if (format === "csv") yield toCsvRow(columns);
  for await (const some of hours) yield some.map((hour) => toLine(describe(hour))).join("");
}

/** 2026/11/28/01, of 2026-11-28T01:00:00.000Z. */
function printHour(hour: number): string {
  return new Date(hour).toISOString().slice(0, 13).replaceAll(/[-T]/g, "/");
}

function toTrafficFacts(hour: TrafficHour): Facts<(typeof TRAFFIC_COLUMNS)[number]> {
  return {
    datehour: printHour(hour.hour),
    namespace: hour.repository.split("/", 1)[0] ?? "",
    repository: hour.repository,
    user_name: hour.account,
    access_token_name: hour.credential,
    pulls: Number(hour.pulls),
    pulled_bytes: Number(hour.pulled_bytes),
    pushes: Number(hour.pushes),
    pushed_bytes: Number(hour.pushed_bytes),
  };
}

function toFacts(hour: UsageHour): Facts<(typeof COLUMNS)[number]> {
  return {
    datehour: printHour(hour.hour),
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
