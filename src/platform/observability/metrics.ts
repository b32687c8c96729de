import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { RequestDurations } from "./request-durations.ts";

interface Reading {
  readonly name: `berth_${string}`;
  readonly help: string;
  /** Called for each scrape. */
  readonly read: () => number | Promise<number>;
}

export interface Metrics {
  readonly requests: Pick<RequestDurations, "record">;
  /** Adds a value that goes up and down. */
  addGauge(reading: Reading): void;
  /** Adds a value that only goes up while the process lives; its name ends in `_total`. */
  addCounter(reading: Reading): void;
  readonly contentType: string;
  /** Everything, in the text format of Prometheus. */
  expose(): Promise<string>;
}

/** Finer measuring wakes an idle process more often. */
const EVENT_LOOP_SAMPLE_MS = 50;

/** Few metrics with few labels: none of them grows with the number of repositories, users or clients. */
export function createMetrics(options: { readonly version: string }): Metrics {
  const registry = new Registry();
  const requests = new RequestDurations("berth_http_request_duration_seconds");
  collectDefaultMetrics({
    register: registry,
    eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS,
  });
  new Gauge({
    name: "berth_build_info",
    help: "Always 1; its labels say what is running",
    labelNames: ["version", "node"],
    registers: [registry],
  }).set({ version: options.version, node: process.versions.node }, 1);
  return {
    requests,
    addGauge,
    addCounter,
    contentType: registry.contentType,
    expose: async () => requests.expose() + (await registry.metrics()),
  };

  function addGauge({ name, help, read }: Reading): void {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(await read());
      },
    });
  }

  function addCounter({ name, help, read }: Reading): void {
    new Counter({
      name,
      help,
      registers: [registry],
      async collect() {
        const value = await read();
        this.reset();
        this.inc(value);
      },
    });
  }
}
