import { afterAll, beforeAll, expect, test } from "vitest";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";

const HOUR = 3_600_000;
const ALICE = { name: "alice", password: SENTENCE };

let now = new Date("2026-11-24T12:00:00Z");
let hub: Awaited<ReturnType<typeof startAccountsHub>>;

beforeAll(async () => {
  hub = await startAccountsHub({
    clock: () => now,
    settings: {
      "limits.pulls.anonymous.count": "3",
      "limits.pulls.account.count": "5",
      "limits.pulls.account.window": "1h",
      "limits.pulls.exempt": "ci-user, acme",
      "limits.hubApi": "40",
      "http.trustedProxies": "127.0.0.1",
    },
  });
  await hub.addUsers("alice", "bob", "ci-user");
  await hub.push(ALICE, "alice/app:1");
  await done(hub.root("PATCH /api/v1/repositories/alice/app", { visibility: "public" }));
});
afterAll(() => hub[Symbol.asyncDispose]());

interface Asker {
  readonly method?: string;
  /** Where the proxy says that the client is. */
  readonly from?: string;
  readonly as?: { readonly name: string; readonly password: string };
  readonly path?: string;
}

async function ask({ method = "GET", from, as, path = "alice/app/manifests/1" }: Asker) {
  const response = await fetch(`${hub.url}/v2/${path}`, {
    method,
    headers: {
      accept: "*/*",
      ...(from !== undefined && { "x-forwarded-for": from }),
      ...(as !== undefined && {
        authorization: `Basic ${Buffer.from(`${as.name}:${as.password}`).toString("base64")}`,
      }),
    },
  });
  const body = await response.text();
  const { headers, status } = response;
  return {
    status,
    limit: headers.get("ratelimit-limit"),
    remaining: headers.get("ratelimit-remaining"),
    source: headers.get("docker-ratelimit-source"),
    retryAfter: headers.get("retry-after"),
    error: method === "GET" && status !== 200 ? JSON.parse(body).errors[0] : undefined,
  };
}

test("an address without an account pulls so many, is told how many are left, and then why not and until when", async () => {
  const from = "192.0.2.1";
  for (const remaining of [2, 1, 0]) {
    expect(await ask({ from })).toMatchObject({
      status: 200,
      limit: "3;w=21600",
      remaining: `${remaining};w=21600`,
      source: from,
    });
  }
  now = new Date(now.getTime() + HOUR);
  const refused = await ask({ from });
  expect(refused).toMatchObject({ status: 429, retryAfter: "18000", remaining: "0;w=21600" });
  expect(refused.error).toMatchObject({
    code: "TOOMANYREQUESTS",
    message:
      "You have reached your pull rate limit: 3 pulls in 6 hours. Log in to pull 5, or wait 5 hours; the hub's operator can raise it (limits.pulls)",
  });
  expect(await ask({ from: "192.0.2.2" })).toMatchObject({ status: 200 });
  now = new Date(now.getTime() + 5 * HOUR);
  expect(await ask({ from })).toMatchObject({ status: 200, remaining: "2;w=21600" });
});

test("looking counts nothing and is never refused, and blobs go on", async () => {
  const from = "192.0.2.3";
  for (let turn = 0; turn < 5; turn += 1) {
    expect(await ask({ from, method: "HEAD" })).toMatchObject({
      status: 200,
      remaining: "3;w=21600",
    });
  }
  for (let turn = 0; turn < 3; turn += 1) await ask({ from });
  expect(await ask({ from })).toMatchObject({ status: 429 });
  expect(await ask({ from, method: "HEAD" })).toMatchObject({
    status: 200,
    remaining: "0;w=21600",
  });
  const path =
    "alice/app/blobs/sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
  expect(await ask({ from, path })).toMatchObject({ status: 200, limit: null });
  // What is not there costs nothing either.
  expect(await ask({ from, path: "alice/app/manifests/nil" })).toMatchObject({ status: 404 });
});

test("all of an IPv6 /64 is one client, and the next one is another", async () => {
  for (const from of ["2001:db8::1", "2001:db8::2:3:4:5", "2001:0db8:0:0::ffff"]) {
    expect(await ask({ from })).toMatchObject({ status: 200 });
  }
  expect(await ask({ from: "2001:db8::9" })).toMatchObject({ status: 429 });
  expect(await ask({ from: "2001:db8:0:1::9" })).toMatchObject({ status: 200 });
});

test("an account is counted for itself, wherever it pulls from", async () => {
  const as = ALICE;
  for (let turn = 0; turn < 5; turn += 1) {
    expect(await ask({ as, from: `198.51.100.${turn}` })).toMatchObject({
      status: 200,
      limit: "5;w=3600",
      source: "alice",
    });
  }
  const refused = await ask({ as, from: "198.51.100.9" });
  expect(refused).toMatchObject({ status: 429, retryAfter: "3600" });
  expect(refused.error.message).toContain("5 pulls in 60 minutes. Wait 60 minutes");
  expect(await ask({ as: { name: "bob", password: SENTENCE } })).toMatchObject({ status: 200 });
});

test("administrators, and whom the operator names, are not limited", async () => {
  await hub.addOrganization("acme");
  const resources = [{ repositories: "acme/*", actions: ["pull", "push"] }];
  const { body: robot } = await done(
    hub.root("POST /api/v1/organizations/acme/robots", { label: "ci", resources }),
  );
  await hub.push(ROOT, "acme/app:1");
  const path = "acme/app/manifests/1";
  for (let turn = 0; turn < 7; turn += 1) {
    for (const [as, where] of [
      [ROOT, path],
      [{ name: "acme+ci", password: robot.secret }, path],
      [{ name: "ci-user", password: SENTENCE }, "alice/app/manifests/1"],
    ] as const) {
      expect(await ask({ as, path: where })).toMatchObject({ status: 200, limit: null });
    }
  }
});

test("a hub without limits says nothing of them", async () => {
  await using free = await startAccountsHub();
  await free.push(ROOT, "acme/app:1");
  const { status, headers } = await free.root("GET /v2/acme/app/manifests/1");
  expect([status, headers.get("ratelimit-limit")]).toEqual([200, null]);
});

test("every answer of Docker Hub's API says how many requests are left, and then refuses in Hub's shape", async () => {
  const bob = hub.as("bob");
  const first = await bob("GET /v2/repositories/alice/app");
  expect(first.headers.get("x-ratelimit-limit")).toBe("40");
  expect(first.headers.get("x-ratelimit-remaining")).toBe("39");
  const reset = Number(first.headers.get("x-ratelimit-reset"));
  expect(reset).toBe(now.getTime() / 1000 + 60);
  for (const request of ["GET /v2/repositories/alice/nil", "POST /v2/access-tokens"]) {
    const refused = await bob(request, request.startsWith("POST") ? {} : undefined);
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.headers.get("x-ratelimit-limit")).toBe("40");
  }
  expect((await hub.anonymous("GET /v2/access-tokens")).headers.get("x-ratelimit-limit")).toBe(
    "40",
  );
  for (let turn = 0; turn < 37; turn += 1) await bob("GET /v1/_ping");
  const asBob = () => bob("GET /v2/repositories/alice/app");
  for (let turn = 0; turn < 37; turn += 1) expect((await asBob()).status).toBe(200);
  const over = await asBob();
  expect(over.status).toBe(429);
  expect(over.body).toEqual({ detail: "Rate limit exceeded", error: false });
  expect(over.headers.get("retry-after")).toBe("60");
  expect(over.headers.get("x-retry-after")).toMatch(/^\d{10}$/);
  expect(over.headers.get("x-ratelimit-remaining")).toBe("0");
  // Another account goes on, and so does the registry.
  expect((await hub.as("ci-user")("GET /v2/repositories/alice/app")).status).toBe(200);
  expect((await bob("GET /v2/alice/app/tags/list")).status).toBe(200);
  now = new Date(now.getTime() + 60_000);
  expect((await asBob()).status).toBe(200);
});
