import { hostname } from "node:os";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import {
  createForwardingRoutes,
  createHttpSend,
  createSyslogSend,
  Forwarder,
  type ForwardingState,
  type ForwardTarget,
  removeOldEntries,
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
  readonly metrics: Pick<Metrics, "addGauge" | "addLabelled">;
  readonly clock: () => Date;
  readonly log: Logger;
}

export interface ForwardingOptions {
  /** How long entries of the audit trail are kept. */
  readonly keepMs: number;
  /** How much longer, while a collector does not have them. */
  readonly holdMs: number;
  readonly targets: readonly ForwardTarget[];
}

export interface Forwarding {
  readonly routes: FastifyPluginAsyncZod;
  readonly jobs: readonly PeriodicJob[];
  close(): Promise<void>;
}

const SECOND = 1000;
const HOUR = 3_600_000;

/** Brings the audit trail to the collectors that the configuration names, and removes what is old. */
export function composeForwarding(options: ForwardingOptions, parts: ForwardingParts): Forwarding {
  const { targets } = options;
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
  addMetrics(parts.metrics, forwarders);
  return {
    routes: createForwardingRoutes({
      forwarders,
      findAuditedSince: (caller, account) => authority.findAuditedSince(caller, account),
    }),
    jobs: [
      ...forwarders.map((forwarder, at) => ({
        name: `forward audit trail ${at + 1}`,
        everyMs: SECOND,
        run: (signal: AbortSignal) => forwarder.run(signal),
      })),
      {
        name: "trim audit trail",
        everyMs: HOUR,
        run: async () => void (await removeOldEntries({ ...parts, ...options })),
      },
    ],
    async close() {
      await client[Symbol.asyncDispose]();
    },
  };
}

/** There are as many targets as the operator configured: few enough for a label. */
function addMetrics(metrics: ForwardingParts["metrics"], forwarders: readonly Forwarder[]): void {
  metrics.addGauge({
    name: "berth_audit_forward_waiting",
    help: "Entries of the audit trail that the slowest collector does not have yet",
    async read() {
      const states = await Promise.all(forwarders.map((one) => one.state()));
      return Math.max(0, ...states.map(({ backlog }) => backlog));
    },
  });
  const readEach = (value: (state: ForwardingState) => number) => async () => {
    const states = await Promise.all(forwarders.map((one) => one.state()));
    return new Map(states.map((state) => [state.target, value(state)]));
  };
  metrics.addLabelled({
    name: "berth_audit_forward_behind",
    help: "Entries of the audit trail that the collector does not have yet",
    label: "target",
    read: readEach(({ backlog }) => backlog),
  });
  metrics.addLabelled({
    name: "berth_audit_forward_failures_total",
    help: "Attempts to send entries of the audit trail to the collector that failed",
    label: "target",
    read: readEach(({ failures }) => failures),
  });
  metrics.addLabelled({
    name: "berth_audit_forward_last_success_seconds",
    help: "When the collector took entries last, in seconds since 1970; 0 for never",
    label: "target",
    read: readEach(({ sentAt }) => (sentAt?.getTime() ?? 0) / SECOND),
  });
}
