import { expect, test } from "vitest";
import { createMetrics } from "./metrics.ts";

test("the process, the build and what was added are exposed", async () => {
  const metrics = createMetrics({ version: "1.2.3" });
  let stored = 5;
  metrics.addGauge({ name: "berth_blob_bytes", help: "Stored", read: async () => stored });
  metrics.addCounter({ name: "berth_sent_bytes_total", help: "Sent", read: () => stored * 2 });
  metrics.requests.record({ route: "ping", method: "GET", status: 200, seconds: 0.1 });
  const first = await metrics.expose();
  expect(first).toContain(`berth_build_info{version="1.2.3",node="${process.versions.node}"} 1`);
  expect(first).toMatch(/^process_resident_memory_bytes \d+$/m);
  expect(first).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  expect(first).toContain('berth_http_request_duration_seconds_count{route="ping"');
  expect(first).toContain("berth_blob_bytes 5\n");
  expect(first).toContain("berth_sent_bytes_total 10\n");
  stored = 6;
  const second = await metrics.expose();
  expect(second).toContain("berth_blob_bytes 6\n");
  expect(second).toContain("berth_sent_bytes_total 12\n");
});

test("every line is of the text format of Prometheus", async () => {
  const metrics = createMetrics({ version: 'with "quotes"' });
  metrics.requests.record({ route: "ping", method: "GET", status: 200, seconds: 0.1 });
  const number = "(-?[0-9.]+(e[-+][0-9]+)?|[-+]Inf|Nan)";
  const line = new RegExp(
    `^(# (HELP|TYPE) .+|[a-z_0-9]+(\\{([a-z_]+="([^"\\\\]|\\\\.)*",?)+\\})? ${number})$`,
  );
  const text = await metrics.expose();
  const odd = text.split("\n").filter((text) => text !== "" && !line.test(text));
  expect(odd).toEqual([]);
});
