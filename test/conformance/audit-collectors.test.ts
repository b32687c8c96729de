import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeCertificate } from "../harness/certificate.ts";
import { done, startAccountsHub } from "../harness/hub-api.ts";
import { startReceiver } from "../harness/receiver.ts";
import { startSyslogReceiver } from "../harness/syslog-receiver.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const WAIT = { timeout: 20_000 };
const DAY = 86_400_000;

type Hub = Awaited<ReturnType<typeof startAccountsHub>>;

async function startForwarding(
  targets: readonly object[],
  more: { settings?: Record<string, string>; clock?: () => Date } = {},
) {
  const settings = { "audit.forward": JSON.stringify(targets), ...more.settings };
  return await startAccountsHub({ ...more, settings });
}

function seqOf(line: string): number {
  return Number(JSON.parse(line.slice(line.indexOf("{"))).seq);
}

function upTo(last: number, first = 1): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

async function lastOf(hub: Hub): Promise<number> {
  return (await done(hub.root("GET /api/v1/audit?limit=1"))).body.items[0].seq;
}

async function stateOf(hub: Hub, name: string) {
  const { items } = (await done(hub.root("GET /api/v1/audit/forwarding"))).body;
  return items.find(({ target }: { target: string }) => target === name);
}

test("syslog over UDP is one whole message in each datagram", async () => {
  const socket = createSocket("udp4");
  const messages: string[] = [];
  socket.on("message", (bytes) => messages.push(bytes.toString("utf8")));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  await using hub = await startForwarding([
    { kind: "syslog", name: "udp", address: `udp://localhost:${socket.address().port}` },
  ]);
  await hub.addUsers("alice", "bob");
  const last = await lastOf(hub);
  await expect.poll(() => messages.map(seqOf), WAIT).toEqual(upTo(last));
  for (const message of messages) expect(message).toMatch(/^<\d+>1 .* \[berth@32473 .*\] \{.*\}$/);
  socket.close();
});

test("syslog over TLS reaches a collector that the operator's authority vouches for, and no other", async () => {
  await using home = await makeTempDirectory("collector");
  await makeCertificate(home.path);
  const ca = join(home.path, "ca.crt");
  const tls = { key: await readFile(join(home.path, "key.pem")), cert: await readFile(ca) };
  await using known = await startSyslogReceiver({ tls });
  await using stranger = await startSyslogReceiver({ tls });
  await using hub = await startForwarding([
    { kind: "syslog", name: "known", address: `tls://127.0.0.1:${known.port}`, ca },
    { kind: "syslog", name: "stranger", address: `tls://127.0.0.1:${stranger.port}` },
  ]);
  await hub.addUsers("alice", "bob");
  const last = await lastOf(hub);
  await expect.poll(() => known.messages.map(seqOf), WAIT).toEqual(upTo(last));
  await expect.poll(async () => (await stateOf(hub, "stranger")).failures, WAIT).toBeGreaterThan(0);
  expect(stranger.messages).toEqual([]);
  expect(await stateOf(hub, "stranger")).toMatchObject({ backlog: last, position: 0 });
});

test("a restart in the middle leaves nothing out, and each collector's metrics say where it is", async () => {
  await using http = await startReceiver();
  const target = { kind: "http", name: "siem", url: http.url, batch: 2 };
  await using first = await startForwarding([target]);
  await first.addUsers("zoe");
  await expect.poll(() => http.received.length, WAIT).toBeGreaterThan(0);
  http.state.isDown = true;
  await first.addUsers("alice", "bob", "carla", "dan", "eve");
  await expect.poll(async () => (await stateOf(first, "siem")).failures, WAIT).toBeGreaterThan(0);
  const behind = await stateOf(first, "siem");
  expect(behind.backlog).toBeGreaterThan(0);
  const before = String((await first.anonymous("GET /metrics")).body);
  expect(before).toMatch(/^berth_audit_forward_behind\{target="siem"\} [1-9]\d*$/m);
  expect(before).toMatch(/^berth_audit_forward_failures_total\{target="siem"\} [1-9]\d*$/m);
  expect(before).toMatch(/^berth_audit_forward_last_success_seconds\{target="siem"\} 1\d{9}/m);
  await first.close();
  http.state.isDown = false;
  await using second = await startForwarding([target], {
    settings: { data: first.dataDirectory },
  });
  await second.addUsers("frank");
  const last = await lastOf(second);
  const seqs = () => http.received.flatMap(({ body }) => body.trim().split("\n").map(seqOf));
  await expect.poll(() => [...new Set(seqs())], WAIT).toEqual(upTo(last));
  // At least once, and in order: what comes again is a batch from its beginning.
  const steps = seqs()
    .slice(1)
    .map((seq, at) => seq - (seqs()[at] ?? 0));
  expect(steps.every((step) => step <= 1)).toBe(true);
  await expect
    .poll(async () => await stateOf(second, "siem"), WAIT)
    .toMatchObject({ backlog: 0, sentAt: expect.any(String) });
});

test("a collector that starts now gets what happens from then on, also after a restart", async () => {
  await using http = await startReceiver();
  http.state.isDown = true;
  await using before = await startAccountsHub();
  await before.addUsers("alice", "bob");
  const known = await lastOf(before);
  await before.close();
  const settings = { data: before.dataDirectory };
  const target = { kind: "http", name: "siem", url: http.url, start: "now" };
  await using first = await startForwarding([target], { settings });
  await expect.poll(async () => await stateOf(first, "siem"), WAIT).toMatchObject({ backlog: 0 });
  await expect
    .poll(async () => {
      await first.root("POST /api/v1/users", { name: "carla", password: "a long enough sentence" });
      return (await stateOf(first, "siem")).failures;
    }, WAIT)
    .toBeGreaterThan(0);
  await first.close();
  http.state.isDown = false;
  await using second = await startForwarding([target], { settings });
  const last = await lastOf(second);
  const seqs = () => http.received.flatMap(({ body }) => body.trim().split("\n").map(seqOf));
  await expect.poll(() => seqs().at(-1), WAIT).toBe(last);
  expect(seqs()[0]).toBeGreaterThan(known);
  expect([...new Set(seqs())]).toEqual(upTo(last, seqs()[0]));
});

test("old entries stay while a collector does not have them, and for no longer than was set", async () => {
  await using http = await startReceiver();
  http.state.isDown = true;
  let now = new Date("2026-01-01T00:00:00Z");
  const clock = () => now;
  const targets = [{ kind: "http", name: "siem", url: http.url }];
  const keep = { "audit.keep": "7d", "audit.keepUnforwarded": "30d" };
  await using first = await startForwarding(targets, { settings: keep, clock });
  await first.addUsers("alice", "bob");
  await first.close();
  const settings = { ...keep, data: first.dataDirectory };
  const oldest = async (hub: Hub) =>
    (await done(hub.root("GET /api/v1/audit?limit=1000"))).body.items.at(-1)?.seq;
  now = new Date(now.getTime() + 10 * DAY);
  {
    await using hub = await startForwarding(targets, { settings, clock });
    await hub.addUsers("carla");
    // Old, but the collector does not have it: it is there once the job, which runs at the start, has run.
    await expect.poll(async () => (await stateOf(hub, "siem")).failures, WAIT).toBeGreaterThan(0);
    expect(await oldest(hub)).toBe(1);
  }
  now = new Date(now.getTime() + 28 * DAY);
  {
    await using hub = await startForwarding(targets, { settings, clock });
    await expect.poll(() => oldest(hub), WAIT).not.toBe(1);
    expect(hub.errors.join("\n")).toMatch(/removed that a collector never got/);
  }
  http.state.isDown = false;
  await using last = await startForwarding(targets, { settings, clock });
  await expect.poll(async () => await stateOf(last, "siem"), WAIT).toMatchObject({ backlog: 0 });
});
