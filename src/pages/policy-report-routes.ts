import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import { z } from "zod";
import type { Metrics } from "../platform/observability/index.ts";
import { POLICY_REPORTS_PATH } from "./page-policy.ts";

const REPORT_BYTES = 16 * 1024;
/** Anybody may send reports: a flood of them must not become a flood of lines. */
const LOG_EVERY_MS = 60_000;

const text = z.string().transform((long) => long.slice(0, 500));
const policyReport = z.object({
  "csp-report": z.object({
    "document-uri": text.optional(),
    "blocked-uri": text.optional(),
    "effective-directive": text.optional(),
    "source-file": text.optional(),
    "line-number": z.number().optional(),
  }),
});

/** What browsers kept pages from doing: an attempt to inject something, or a bug of ours. */
export function createPolicyReportRoutes(deps: {
  readonly metrics: Pick<Metrics, "addCounter">;
  readonly clock: () => Date;
  readonly log: Logger;
}): FastifyPluginAsyncZod {
  let reports = 0;
  let loggedAt = 0;
  deps.metrics.addCounter({
    name: "berth_policy_reports_total",
    help: "Reports of browsers that a page tried what its policy forbids",
    read: () => reports,
  });
  return async (app) => {
    app.addContentTypeParser(
      "application/csp-report",
      { parseAs: "string", bodyLimit: REPORT_BYTES },
      app.getDefaultJsonParser("error", "error"),
    );
    const schema = { body: policyReport, response: { 204: z.null() } };
    const config = { access: "public" } as const;
    const options = { config, schema, bodyLimit: REPORT_BYTES };
    app.post(POLICY_REPORTS_PATH, options, async (request, reply) => {
      reports += 1;
      const now = deps.clock().getTime();
      if (now - loggedAt >= LOG_EVERY_MS) {
        loggedAt = now;
        deps.log.warn({ report: request.body["csp-report"] }, "page policy violated");
      }
      return reply.code(204).send(null);
    });
  };
}
