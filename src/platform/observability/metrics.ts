import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { RequestDurations } from "./request-durations.ts";

interface Reading {
  readonly name: `berth_${string}`;
  readonly help: string;
  /** Called for each scrape. */
  readonly read: () => number | Promise<number>;
}

interface LabelledReading {
  /** One that only goes up while the process lives ends in `_total`. */
  readonly name: `berth_${string}`;
  readonly help: string;
  readonly label: string;
  /** Called for each scrape: the value of each label. Only for labels of which the operator chose the number. */
  readonly read: () => Promise<ReadonlyMap<string, number>>;
}

export interface Metrics {
  readonly requests: Pick<RequestDurations, "record">;
  /** Adds a value that goes up and down. */
  addGauge(reading: Reading): void;
  /** Adds a value that only goes up while the process lives; its name ends in `_total`. */
  addCounter(reading: Reading): void;
  /** Adds a value for each of a few things that the operator named. */
  addLabelled(reading: LabelledReading): void;
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
    addLabelled,
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

  function addLabelled({ name, help, label, read }: LabelledReading): void {
    const what = { name, help, labelNames: [label], registers: [registry] };
    const Kind = name.endsWith("_total") ? Counter : Gauge;
    new Kind({
      ...what,
      async collect() {
        const values = await read();
        this.reset();
        for (const [key, value] of values) this.inc({ [label]: key }, value);
      },
    });
  }
}
