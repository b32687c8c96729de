import { hostname } from "node:os";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import {
  createForwardingRoutes,
  createHttpSend,
  createSyslogSend,
  Forwarder,
  type ForwardTarget,
} from "../activity/index.ts";
import type { Authority } from "../organizations/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PeriodicJob } from "../platform/jobs/index.ts";
import type { Metrics } from "../platform/observability/index.ts";
import { createOutboundClient } from "../platform/outbound/index.ts";
import type { HubTables } from "./stores.ts";

interface ForwardingParts {
  readonly database: Database<HubTables>;
  readonly authority: Authority;
  readonly metrics: Pick<Metrics, "addGauge">;
  readonly clock: () => Date;
  readonly log: Logger;
}

export interface Forwarding {
  readonly routes: FastifyPluginAsyncZod;
  readonly jobs: readonly PeriodicJob[];
  close(): Promise<void>;
}

const SECOND = 1000;

/** Brings the audit trail to the collectors that the configuration names. */
export function composeForwarding(
  targets: readonly ForwardTarget[],
  parts: ForwardingParts,
): Forwarding {
  const { authority, clock } = parts;
  // The operator named them: they may be anywhere.
  const client = createOutboundClient({ allow: "all" });
  const forwarders = targets.map((target) => {
    const send =
      target.kind === "http"
        ? createHttpSend(target, { client, clock })
        : createSyslogSend(target, hostname());
    return new Forwarder(target, { ...parts, send });
  });
  parts.metrics.addGauge({
    name: "berth_audit_forward_waiting",
    help: "Entries of the audit trail that the slowest collector does not have yet",
    async read() {
      const states = await Promise.all(forwarders.map((one) => one.state()));
      return Math.max(0, ...states.map(({ backlog }) => backlog));
    },
  });
  return {
    routes: createForwardingRoutes({
      forwarders,
      assertMayAudit: async (caller, account) =>
        void (await authority.getNamespace(caller, account, "audit.read")),
    }),
    jobs: forwarders.map((forwarder, at) => ({
      name: `forward audit trail ${at + 1}`,
      everyMs: SECOND,
      run: (signal) => forwarder.run(signal),
    })),
    async close() {
      await client[Symbol.asyncDispose]();
    },
  };
}
