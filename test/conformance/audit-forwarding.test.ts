import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { findFreePort } from "../harness/free-port.ts";
import { done, startAccountsHub } from "../harness/hub-api.ts";
import { startReceiver } from "../harness/receiver.ts";
import { startSyslogReceiver } from "../harness/syslog-receiver.ts";

const SECRET = "a secret of the collector's";

function seqsOf(lines: readonly string[]): readonly number[] {
  const seqs = lines.map((line) => Number(JSON.parse(line.slice(line.indexOf("{"))).seq));
  // At least once: what came twice counts once.
  return [...new Set(seqs)];
}

function upTo(last: number): readonly number[] {
  return Array.from({ length: last }, (_, at) => at + 1);
}

async function forwardingOf(hub: Awaited<ReturnType<typeof startAccountsHub>>) {
  const { body } = await done(hub.root("GET /api/v1/audit/forwarding"));
  return body.items as { target: string; position: number; backlog: number; failure?: string }[];
}

test("collectors get every entry in its order, also what happened while they were down", async () => {
  await using http = await startReceiver();
  http.state.isDown = true;
  const port = await findFreePort();
  const forward = [
    { kind: "http", name: "siem", url: http.url, secret: SECRET, batch: 2 },
    { kind: "syslog", name: "syslog", address: `tcp://127.0.0.1:${port}` },
  ];
  await using hub = await startAccountsHub({
    settings: { "audit.forward": JSON.stringify(forward) },
  });
  // Nobody is there to take it, and nobody who works notices.
  const started = performance.now();
  await hub.addUsers("alice", "bob", "carla", "dan");
  expect(performance.now() - started).toBeLessThan(10_000);
  await expect
    .poll(async () => (await forwardingOf(hub)).every(({ failure }) => failure !== undefined), {
      timeout: 10_000,
    })
    .toBe(true);
  const { body } = await done(hub.root("GET /api/v1/audit?limit=1"));
  const last = body.items[0].seq as number;
  expect((await forwardingOf(hub)).map(({ target, backlog }) => [target, backlog])).toEqual([
    ["siem", last],
    ["syslog", last],
  ]);
  http.state.isDown = false;
  await using syslog = await startSyslogReceiver({ port });
  const lines = () => http.received.flatMap(({ body: text }) => text.trim().split("\n"));
  await expect.poll(() => seqsOf(lines()), { timeout: 30_000 }).toEqual(upTo(last));
  await expect.poll(() => seqsOf(syslog.messages), { timeout: 30_000 }).toEqual(upTo(last));
  const [{ headers, body: first } = { headers: {}, body: "" }] = http.received;
  const signed = `${headers["x-berth-delivery"]}.${headers["x-berth-timestamp"]}.${first}`;
  const expected = createHmac("sha256", SECRET).update(signed).digest("hex");
  expect(headers["x-berth-signature-256"]).toBe(`sha256=${expected}`);
  expect(headers["content-type"]).toBe("application/x-ndjson");
  await expect
    .poll(async () => (await forwardingOf(hub)).map(({ backlog }) => backlog), { timeout: 10_000 })
    .toEqual([0, 0]);
  const metrics = await hub.anonymous("GET /metrics");
  expect(String(metrics.body)).toMatch(/^berth_audit_forward_waiting 0$/m);
});

test.each([
  [{ kind: "carrier pigeon", name: "x" }, /kind must be syslog or http/],
  [{ kind: "syslog", name: "x", address: "tcp://nowhere" }, /must be udp:/],
  [{ kind: "syslog", name: "x", address: "udp://logs:70000" }, /1 to 65535/],
  [{ kind: "syslog", name: "x", address: "udp://logs:514", start: "later" }, /beginning or now/],
  [{ kind: "http", name: "x", url: "ftp://x" }, /http or https/],
  [{ kind: "http", name: "x", url: "https://me:secret@siem.example.com/" }, /into headers/],
])("a target that makes no sense stops the start: %j", async (target, why) => {
  const settings = { "audit.forward": JSON.stringify([target]) };
  await expect(startAccountsHub({ settings })).rejects.toThrow(why);
});
