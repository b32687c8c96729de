import { expect, test } from "vitest";
import { startHub } from "../harness/hub.ts";

test("a hub answers for itself beside the registry", async () => {
  await using hub = await startHub();
  const ask = (path: string) => fetch(`${hub.url}${path}`);
  expect((await ask("/v2/")).status).toBe(200);
  expect(await (await ask("/healthz")).json()).toEqual({ status: "up" });
  const ready = await ask("/readyz");
  expect(ready.status).toBe(200);
  expect(await ready.json()).toEqual({
    status: "ready",
    checks: { database: "ok", storage: "ok", headroom: "ok" },
  });
});

test("requests of both kinds are counted, and so are their bytes", async () => {
  await using hub = await startHub();
  await (await fetch(`${hub.url}/v2/`)).text();
  await (await fetch(`${hub.url}/v2/library/none/manifests/latest`)).text();
  await (await fetch(`${hub.url}/healthz`)).text();
  const series = (route: string, status: string) =>
    `berth_http_request_duration_seconds_count{route="${route}",method="GET",status="${status}"} 1\n`;
  const metrics = async () => await (await fetch(`${hub.url}/metrics`)).text();
  await expect.poll(metrics).toContain(series("ping", "2xx"));
  await expect.poll(metrics).toContain(series("manifest", "4xx"));
  await expect.poll(metrics).toContain(series("/healthz", "2xx"));
  expect(await metrics()).toMatch(/^berth_http_sent_bytes_total [1-9]/m);
  expect(await metrics()).toMatch(/^berth_http_requests_in_flight 1$/m);
});

test("no name of a repository gets into the metrics", async () => {
  await using hub = await startHub();
  await fetch(`${hub.url}/v2/secret-project/manifests/latest`);
  await fetch(`${hub.url}/secret-project`);
  const text = await (await fetch(`${hub.url}/metrics`)).text();
  expect(text).not.toContain("secret-project");
});

test("a full disk is reported, and does not take the hub out of service", async () => {
  await using hub = await startHub({ settings: { "storage.reserve": "8000TiB" } });
  const ready = await fetch(`${hub.url}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ checks: { headroom: "failed" } });
});

test("operations are refused to strangers before their body is read", async () => {
  await using hub = await startHub({ users: [{ name: "alice", password: "correct" }] });
  const response = await fetch(`${hub.url}/api/v1/operations/collect`, {
    method: "POST",
    body: "not even JSON",
  });
  expect(response.status).toBe(401);
  expect(response.headers.get("www-authenticate")).toMatch(/^Basic /);
  expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/);
});

test("an operation that is asked for wrongly is a problem", async () => {
  await using hub = await startHub();
  const response = await fetch(`${hub.url}/api/v1/operations/collect`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"dryRun":"perhaps"}',
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ errors: [{ at: "body/dryRun" }] });
});

test("an operation streams its events", async () => {
  await using hub = await startHub();
  const response = await fetch(`${hub.url}/api/v1/operations/collect`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"dryRun":true}',
  });
  expect(response.headers.get("content-type")).toBe("application/x-ndjson");
  expect(await response.text()).toContain('"type":"report"');
});
