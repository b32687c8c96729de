import { Readable } from "node:stream";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { callerOf } from "../access/index.ts";
import { AUDIT_PATH, auditExport, auditPage, auditQuery } from "../contract/audit.ts";
import type { Activity } from "./activity.ts";
import { type AuditRule, findAuditedFrom } from "./audit-rule.ts";
import { CSV_HEAD, toCsvLine } from "./csv.ts";

export interface AuditRouteDeps extends AuditRule {
  readonly activity: Activity;
}

const BATCH = 1000;

/** The audit trail: all of it for administrators and auditors of the hub, their organization's for its owners. */
export function createAuditRoutes(deps: AuditRouteDeps): FastifyPluginAsyncZod {
  const { activity } = deps;
  const config = { access: "account" } as const;
  return async (app) => {
    const list = { querystring: auditQuery, response: { 200: auditPage } };
    app.get(AUDIT_PATH, { config, schema: list }, async (request) => {
      const { limit, to, ...filter } = request.query;
      const account = filter.account?.toLowerCase();
      const wish = { account, from: toDate(filter.from) };
      const from = await findAuditedFrom(deps, callerOf(request), wish);
      const times = { from, to: toDate(to) };
      const found = await activity.list({ ...filter, account, ...times, limit: limit + 1 });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return found.length > limit && last !== undefined ? { items, next: last.seq } : { items };
    });
    const whole = { querystring: auditExport };
    app.get(`${AUDIT_PATH}/export`, { config, schema: whole }, async (request, reply) => {
      await findAuditedFrom(deps, callerOf(request), { account: undefined });
      const { format } = request.query;
      const type = format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson";
      return reply.type(type).send(Readable.from(exportAll(activity, format)));
    });
  };
}

function toDate(text: string | undefined): Date | undefined {
  return text === undefined || text === "" ? undefined : new Date(text);
}

async function* exportAll(activity: Activity, format: "jsonl" | "csv"): AsyncGenerator<string> {
  if (format === "csv") yield CSV_HEAD;
  for (let last = 0; ; ) {
    const entries = await activity.listAfter(last, BATCH);
    const lines = entries.map((entry) =>
      format === "csv" ? toCsvLine(entry) : `${JSON.stringify(entry)}\n`,
    );
    if (lines.length > 0) yield lines.join("");
    if (entries.length < BATCH) return;
    last = entries.at(-1)?.seq ?? last;
  }
}
