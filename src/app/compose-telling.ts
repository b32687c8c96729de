import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import { listOfficial } from "../builds/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PeriodicJob } from "../platform/jobs/index.ts";
import type { Sealing } from "../platform/keys/index.ts";
import type { Metrics } from "../platform/observability/index.ts";
import { createOutboundClient, type OutboundClient } from "../platform/outbound/index.ts";
import {
  countWaiting,
  Deliverer,
  type Endpoint,
  fanOut,
  Interest,
  type PreviewDeps,
  sealOldSecrets,
  startPosition,
  trimDeliveryLog,
} from "../webhooks/index.ts";
import type { HubTables } from "./stores.ts";

export interface TellingOptions {
  /** Networks that webhooks may be sent to though they are not public. */
  readonly outboundAllow: readonly string[];
  /** Receivers that the configuration names. */
  readonly endpoints: readonly Endpoint[];
}

interface TellingParts {
  readonly database: Database<HubTables>;
  /** Where clients reach the hub, when it was told. */
  readonly url: string | undefined;
  readonly port: number;
  readonly metrics: Pick<Metrics, "addGauge">;
  readonly sealing: Sealing;
  readonly clock: () => Date;
  readonly log: Logger;
}

export interface Telling {
  /** What anybody listens to. */
  readonly interest: Interest;
  /** For addresses that users gave. */
  readonly outbound: OutboundClient;
  /** How the hub speaks of itself to others. */
  readonly self: Pick<PreviewDeps, "baseUrl" | "source">;
  readonly jobs: readonly PeriodicJob[];
  close(): Promise<void>;
}

const SECOND = 1000;
const HOUR = 3_600_000;
/** A receiver that does not answer must not keep the hub from stopping. */
const STOPPING_MS = 2 * SECOND;

/** The work of telling others what happens, whatever the mode: those whom users named, and those of the configuration. */
export async function composeTelling(
  options: TellingOptions,
  parts: TellingParts,
): Promise<Telling> {
  const { outboundAllow, endpoints } = options;
  const { database } = parts;
  await sealOldSecrets(parts);
  const outbound = createOutboundClient({ allow: outboundAllow });
  const trusted = createOutboundClient({ allow: "all" });
  const deliverer = new Deliverer({ ...parts, outbound, trusted, endpoints });
  const interest = new Interest({ database, endpoints });
  await database.write((trx) => startPosition(trx));
  await interest.refresh();
  parts.metrics.addGauge({
    name: "berth_webhook_deliveries_waiting",
    help: "Messages to webhooks and notification endpoints that are still to be delivered",
    read: () => countWaiting(database.reader),
  });
  const baseUrl = parts.url?.replace(/\/+$/, "") ?? "";
  const source = { addr: `${hostname()}:${parts.port}`, instanceID: randomUUID() };
  return {
    interest,
    outbound,
    self: { baseUrl, source },
    jobs: [
      {
        name: "send webhooks",
        everyMs: SECOND / 2,
        async run() {
          await fanOut({
            ...{ ...parts, endpoints, baseUrl, source },
            isOfficial: async (trx, name) => {
              const db = trx as unknown as Kysely<HubTables>;
              return (await listOfficial(db, [name])).has(name);
            },
          });
          await deliverer.begin();
        },
      },
      { name: "look for listeners", everyMs: 5 * SECOND, run: () => interest.refresh() },
      {
        name: "trim webhook log",
        everyMs: HOUR,
        run: () => trimDeliveryLog({ ...parts, endpoints }),
      },
    ],
    async close() {
      await deliverer.settle(STOPPING_MS);
      await outbound[Symbol.asyncDispose]();
      await trusted[Symbol.asyncDispose]();
      await deliverer.settle();
    },
  };
}
