import { pino } from "pino";
import { expect, test } from "vitest";
import { z } from "zod";
import { createMetrics, type Observation } from "../../observability/index.ts";
import { startTestServer } from "../server.fixture.ts";
import { type Application, createApplication } from "./application.ts";
import { createDispatcher } from "./dispatch.ts";
import { registerOperations } from "./operations.ts";
import { ProblemError } from "./problem.ts";
import { Readiness, type ReadinessCheck } from "./readiness.ts";

const silent = pino({ level: "silent" });

test.each([
  ["/v2", "registry"],
  ["/v2/", "registry"],
  ["/v2?n=1", "registry"],
  ["/v2/a/../b", "registry"],
  ["/v2/%2e%2e/healthz", "registry"],
  ["/healthz", "application"],
  ["/v20", "application"],
  ["/V2/", "application"],
  ["/%76%32/", "application"],
  ["//v2/", "application"],
  ["/./v2/", "application"],
  ["/x/../v2/", "application"],
  ["/", "application"],
  ["/v2/token", "application"],
  ["/v2/token?service=x", "application"],
  ["/v2/token/x", "application"],
  ["/v2/tokens", "registry"],
  ["/v2/%74oken", "registry"],
  ["/v2//token", "registry"],
])("%s is for the %s", async (target, who) => {
  await using hub = await startHub();
  const answer = await hub.ask(`GET ${target} HTTP/1.1`);
  expect(answer.includes("registry saw")).toBe(who === "registry");
  if (who === "registry") expect(answer).toContain(`registry saw ${target}`);
});

test.each(["*", "http://evil.test/v2/", "http://evil.test/secret"])(
  "the target %s is nothing that anybody serves",
  async (target) => {
    await using hub = await startHub();
    const answer = await hub.ask(`OPTIONS ${target} HTTP/1.1`);
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
  },
);

test("S80: an answer has the headers that keep browsers from making more of it than it is", async () => {
  await using hub = await startHub();
  const { headers } = await fetch(`${hub.url}/healthz`);
  expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("access-control-allow-origin")).toBeNull();
  expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
});

test("what does not exist is a problem", async () => {
  await using hub = await startHub();
  const response = await fetch(`${hub.url}/api/v1/nothing`);
  expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  expect(await response.json()).toMatchObject({ status: 404, type: "about:blank" });
});

test.each<[string, RequestInit, string]>([
  [
    "does not fit the contract",
    { body: '{"count":"many"}' },
    "400 the request does not fit the contract",
  ],
  ["is no JSON", { body: "{" }, "400 the request could not be read"],
  ["is too large", { body: `"${"x".repeat(1024 * 1024)}"` }, "413 the request could not be read"],
  [
    "is of another type",
    { body: "a=b", headers: { "content-type": "text/x" } },
    "415 the request could not be read",
  ],
])("a body that %s is a problem", async (_what, request, expected) => {
  await using hub = await startHub();
  const response = await fetch(`${hub.url}/count`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    ...request,
  });
  const { status, title } = (await response.json()) as { status: number; title: string };
  expect(response.status).toBe(status);
  expect(`${status} ${title}`).toBe(expected);
});

test("a problem names the part that does not fit", async () => {
  await using hub = await startHub();
  const response = await fetch(`${hub.url}/count`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"count":"many"}',
  });
  expect(await response.json()).toMatchObject({ errors: [{ at: "body/count" }] });
});

test("a refusal is told, a failure is not", async () => {
  await using hub = await startHub();
  const refused = await fetch(`${hub.url}/refuse`);
  expect(refused.status).toBe(409);
  expect(await refused.json()).toMatchObject({ title: "it is taken", detail: "by alice" });

  const failed = await fetch(`${hub.url}/fail`, { headers: { "x-request-id": "given-0123" } });
  expect(failed.status).toBe(500);
  const text = await failed.text();
  expect(text).toContain("given-0123");
  expect(text).not.toContain("/var/lib");
  expect(hub.lines.join("")).toContain("/var/lib");
  expect(hub.lines.join("")).toContain('"requestId":"given-0123"');
});

test("a client that leaves in the middle of its body is no failure of the hub's", async () => {
  await using hub = await startHub();
  await hub.leaveAfter(
    "POST /count HTTP/1.1\r\nHost: hub.test\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{",
  );
  await expect.poll(() => hub.observed).toMatchObject([{ route: "/count" }]);
  expect(hub.lines.filter((line) => line.includes('"level":50'))).toEqual([]);
});

test("an answer that breaks the contract is a failure and is not sent", async () => {
  await using hub = await startHub();
  const response = await fetch(`${hub.url}/broken`);
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain("unexpected");
});

test("a route that does not say who may ask stops the start", () => {
  const application = createApplication({ observe: () => undefined, log: silent });
  expect(() => application.get("/open", () => "hello")).toThrow(
    "the route GET /open does not say who may ask",
  );
});

test("a route for those with a right stops the start where nobody decides who has it", () => {
  const application = createApplication({ observe: () => undefined, log: silent });
  const config = { access: "operate" } as const;
  expect(() => application.get("/secret", { config }, () => "hello")).toThrow(
    "nobody here decides who may ask",
  );
});

test("who may not ask is refused before the body is read", async () => {
  await using hub = await startHub();
  const response = await fetch(`${hub.url}/operate`, { method: "POST", body: "{" });
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({ title: "operators only" });
  const allowed = await fetch(`${hub.url}/operate`, {
    method: "POST",
    headers: { "x-operator": "yes" },
  });
  expect(await allowed.text()).toBe("done");
});

test("requests are observed by their route", async () => {
  await using hub = await startHub();
  await fetch(`${hub.url}/healthz?x=1`);
  await fetch(`${hub.url}/nothing/here`);
  await expect
    .poll(() => hub.observed.map(({ route, status }) => `${route} ${status}`))
    .toEqual(["/healthz 200", "none 404"]);
});

test("the hub is up, ready and measured", async () => {
  await using hub = await startHub({ checks: { database: async () => undefined } });
  expect(await (await fetch(`${hub.url}/healthz`)).json()).toEqual({ status: "up" });
  const ready = await fetch(`${hub.url}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toEqual({ status: "ready", checks: { database: "ok" } });
  const metrics = await fetch(`${hub.url}/metrics`);
  expect(metrics.headers.get("content-type")).toContain("version=0.0.4");
  expect(await metrics.text()).toContain("berth_build_info");
});

test("a hub that is not ready says what is wrong, and why only in its log", async () => {
  await using hub = await startHub({
    checks: {
      database: async () => undefined,
      storage: async () => Promise.reject(new Error("EIO: /var/lib/berth")),
      headroom: () => new Promise(() => undefined),
    },
    timeoutMs: 20,
  });
  const response = await fetch(`${hub.url}/readyz`);
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    status: "not ready",
    checks: { database: "ok", storage: "failed", headroom: "failed" },
  });
  expect(hub.lines.join("")).toContain("EIO: /var/lib/berth");
});

test("many who ask cause one check", async () => {
  let checks = 0;
  await using hub = await startHub({
    checks: {
      database: async () => {
        checks += 1;
      },
    },
  });
  await Promise.all(Array.from({ length: 20 }, () => fetch(`${hub.url}/readyz`)));
  expect(checks).toBe(1);
});

test("a readiness that has changed is seen after a while", async () => {
  let isBroken = true;
  await using hub = await startHub({
    keepMs: 20,
    checks: {
      database: async () => {
        if (isBroken) throw new Error("broken");
      },
    },
  });
  expect((await fetch(`${hub.url}/readyz`)).status).toBe(503);
  isBroken = false;
  await expect.poll(async () => (await fetch(`${hub.url}/readyz`)).status).toBe(200);
});

async function startHub(
  options: { checks?: Record<string, ReadinessCheck>; timeoutMs?: number; keepMs?: number } = {},
) {
  const lines: string[] = [];
  const observed: Observation[] = [];
  const log = pino({ level: "info" }, { write: (line) => lines.push(line) });
  const application = createApplication({
    observe: (one) => observed.push(one),
    guard: async ({ request }) => {
      if (request.headers["x-operator"] === "yes") return;
      throw new ProblemError({ status: 403, title: "operators only" });
    },
    log,
  });
  const { checks = {}, ...timing } = options;
  registerOperations(application, {
    readiness: new Readiness({ checks, log, ...timing }),
    metrics: createMetrics({ version: "0" }),
  });
  registerExamples(application);
  const server = await startTestServer({
    handler: await createDispatcher({
      registry: (request, response) => void response.end(`registry saw ${request.url}`),
      application,
      words: new Set(["token"]),
    }),
  });
  return {
    url: server.url,
    lines,
    observed,
    ask: async (requestLine: string) => {
      const wire = await server.connect();
      wire.send(`${requestLine}\r\nHost: hub.test\r\nConnection: close\r\n\r\n`);
      await wire.ending();
      return wire.received;
    },
    /** Sends that much, and closes the connection once the server has begun to read it. */
    leaveAfter: async (text: string) => {
      const wire = await server.connect();
      wire.send(text);
      await expect.poll(() => server.seen).toHaveLength(1);
      wire[Symbol.dispose]();
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function registerExamples(application: Application): void {
  const config = { access: "public" } as const;
  const count = z.object({ count: z.int() });
  const schema = { body: count, response: { 200: count } };
  application.post("/count", { config, schema }, (request) => ({ count: request.body.count + 1 }));
  application.post("/operate", { config: { access: "operate" } }, () => "done");
  application.get("/refuse", { config }, () => {
    throw new ProblemError({ status: 409, title: "it is taken" }, { detail: "by alice" });
  });
  application.get("/fail", { config }, () => {
    throw new Error("could not open /var/lib/berth/berth.db");
  });
  application.get(
    "/broken",
    { config, schema: { response: { 200: count } } },
    async (_request, reply) => reply.send({ unexpected: true } as never),
  );
}
