import { pino } from "pino";
import { expect, test } from "vitest";
import { createMetrics } from "../../observability/index.ts";
import { startDebugServer } from "./debug-server.ts";
import { Readiness } from "./readiness.ts";

test("the debug address serves what operators of registry:2 look for, and nothing else", async () => {
  let isBroken = false;
  const log = pino({ level: "silent" });
  const check = async () => {
    if (isBroken) throw new Error("broken");
  };
  const server = await startDebugServer({
    listen: { host: "127.0.0.1", port: 0 },
    readiness: new Readiness({ checks: { storage: check }, log, keepMs: 0 }),
    metrics: createMetrics({ version: "0" }),
    log,
  });
  const ask = (path: string) => fetch(`${server.url}${path}`);
  expect(await (await ask("/metrics")).text()).toContain("process_cpu_seconds_total");
  expect(await (await ask("/healthz")).json()).toEqual({ status: "up" });
  expect(await (await ask("/debug/health")).json()).toEqual({});
  isBroken = true;
  await expect.poll(async () => (await ask("/debug/health")).status).toBe(503);
  expect(await (await ask("/debug/health")).json()).toEqual({ storage: "failed" });
  expect((await ask("/v2/")).status).toBe(404);
  await server.close();
});
