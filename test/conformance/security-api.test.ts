import { readdir, readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type ApiAnswer,
  callerOf,
  done,
  ROOT,
  SENTENCE,
  startAccountsHub,
} from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { API_CASES } from "./role-matrix.ts";

const PLANTED = "planted-by-mallory";
/** What would make somebody more than they are, if it were taken over into a row. */
const EXTRAS = {
  is_admin: true,
  isAdmin: true,
  id: PLANTED,
  accountId: 1,
  account_id: 1,
  createdAt: "2001-01-01T00:00:00.000Z",
  owner: { name: PLANTED, role: "administrator" },
  __proto__x: { role: "administrator" },
};

type Hub = Awaited<ReturnType<typeof startAccountsHub>>;

let hub: Hub;
let routes: readonly string[];

beforeAll(async () => {
  hub = await startAccountsHub();
  await hub.addUsers("alice", "mallory");
  await hub.addOrganization("acme", { alice: "owner" });
  await hub.addOrganization("evil", { mallory: "owner" });
  for (const [name, image] of [
    ["alice", "acme/api:1"],
    ["mallory", "evil/api:1"],
  ] as const) {
    await hub.push({ name, password: SENTENCE }, image);
  }
  const { body } = await hub.anonymous("GET /api/openapi.json");
  routes = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
});
afterAll(() => hub[Symbol.asyncDispose]());

describe("S73: nobody becomes more than they are by what a body holds", () => {
  test("each schema of our own API refuses what it does not know", async () => {
    const open: string[] = [];
    for (const [route, body] of listBodies()) {
      const { status } = await hub.root(fill(route, { place: "evil", id: "x" }), {
        ...body,
        ...EXTRAS,
      });
      // Browsers write what they like there; it is counted, and nothing of it is kept.
      if (route === "POST /api/v1/policy-reports") continue;
      if (status !== 400) open.push(`${route}: ${status}`);
    }
    expect(listBodies().length).toBeGreaterThan(10);
    expect(open).toEqual([]);
  });

  test("each route that passes over it takes nothing of it", async () => {
    const mallory = hub.as("mallory");
    for (const route of routes.filter((one) => /^(?:POST|PUT|PATCH) \/v2\//.test(one))) {
      const body = { ...(API_CASES[route]?.body as object), ...EXTRAS, role: "administrator" };
      const answer = await mallory(fill(route, { place: "evil", id: "x" }), body);
      expect([route, JSON.stringify(answer.body)]).not.toEqual([
        route,
        expect.stringContaining(PLANTED),
      ]);
    }
    expect((await done(mallory("GET /api/v1/account"))).body.role).toBeUndefined();
    const { body } = await done(hub.root("GET /api/v1/users"));
    const rulers = body.items.filter((user: { role?: string }) => user.role !== undefined);
    expect(rulers.map((user: { name: string }) => user.name)).toEqual([ROOT.name]);
  });
});

describe("S74: another's things are not there, by whatever address", () => {
  test("every route with an id, every method, every kind of thing", async () => {
    const things = await makeThings();
    const mallory = hub.as("mallory");
    const told: string[] = [];
    const named = routes.filter((one) => /\{(?:id|uuid|team|user|name|delivery)\}/.test(one));
    for (const { route, kind, id, place } of combine(named, things)) {
      const { body } = API_CASES[route] ?? {};
      const [theirs, absent] = [
        masked(await mallory(fill(route, { place, id }), body), id),
        masked(await mallory(fill(route, { place, id: absentLike(id) }), body), absentLike(id)),
      ];
      if (theirs !== absent) told.push(`${route} in ${place} of ${kind}: ${theirs}, not ${absent}`);
    }
    expect(named.length).toBeGreaterThan(20);
    expect(told).toEqual([]);
    expect(await countThings()).toEqual({ robots: 1, tokens: 1, teams: 1, own: 1 });
  });

  async function makeThings(): Promise<Readonly<Record<string, string>>> {
    const alice = hub.as("alice");
    const resources = [{ repositories: "acme/*", actions: ["pull"] }];
    const machine = { label: "ci", resources };
    const robot = await done(alice("POST /api/v1/organizations/acme/robots", machine));
    const token = await done(alice("POST /api/v1/organizations/acme/tokens", machine));
    const own = await done(
      alice("POST /api/v1/account/tokens", { label: "t", scopes: ["repo:read"] }),
    );
    await done(alice("POST /api/v1/organizations/acme/teams", { name: "builders" }));
    await fetch(`${hub.url}/v2/token?offline_token=true`, {
      headers: { authorization: `Basic ${btoa(`alice:${SENTENCE}`)}` },
    });
    const logins = await done(alice("GET /api/v1/account/logins"));
    return {
      robot: robot.body.id,
      "organization token": token.body.id,
      "personal token": own.body.id,
      login: logins.body.items[0].id,
      team: "builders",
    };
  }

  async function countThings() {
    const alice = hub.as("alice");
    const count = async (path: string) =>
      (await done(alice(`GET /api/v1/${path}`))).body.items.length;
    return {
      robots: await count("organizations/acme/robots"),
      tokens: await count("organizations/acme/tokens"),
      teams: await count("organizations/acme/teams"),
      own: await count("account/tokens"),
    };
  }
});

describe("what is asked of the doors", () => {
  test("S25: scopes without end, of odd forms and with wildcards grant nothing", async () => {
    const ask = async (query: string) => {
      const headers = { authorization: `Basic ${btoa(`mallory:${SENTENCE}`)}` };
      const answer = await fetch(`${hub.url}/v2/token?${query}`, { headers });
      return { status: answer.status, body: (await answer.json()) as { scope?: string } };
    };
    const many = Array.from({ length: 60 }, (_, index) => `scope=repository:evil/r${index}:pull`);
    expect((await ask(many.join("&"))).status).toBe(400);
    expect((await ask(`scope=${"x".repeat(9000)}`)).status).toBe(400);
    for (const scope of [
      "repository:*:*",
      "repository:acme/*:pull",
      "repository:acme/api:pull",
      "repository:acme/api:5000/x:pull",
      "repository:ａcme/api:pull",
      "registry:*:*",
    ]) {
      const { status, body } = await ask(`scope=${encodeURIComponent(scope)}`);
      expect([scope, status, body.scope ?? ""]).toEqual([scope, 200, ""]);
    }
  });

  describe("S31: nobody else gets the name", () => {
    test.each([
      "library",
      "v2",
      "api",
      "_catalog",
      "admin",
      "Alice",
      "аlice",
      "a1ice",
      "acme",
      "token",
    ])("%s", async (name) => {
      const answer = await hub.root("POST /api/v1/users", { name, password: SENTENCE });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    });
  });

  test("S42: a password is not cut, and none of a megabyte is hashed", async () => {
    const long = "p".repeat(100);
    await done(hub.root("POST /api/v1/users", { name: "lengthy", password: `${long}1` }));
    expect((await hub.as("lengthy", `${long}1`)("GET /v2/")).status).toBe(200);
    expect((await hub.as("lengthy", `${long}2`)("GET /v2/")).status).toBe(401);
    for (const password of ["x".repeat(1024 * 1024), "zero\0byte in it", "x".repeat(1025)]) {
      const answer = await hub.root("POST /api/v1/users", { name: "huge", password });
      expect([400, 413, 422]).toContain(answer.status);
    }
    const form = new URLSearchParams({
      grant_type: "password",
      username: "lengthy",
      password: "x".repeat(1024 * 1024),
    });
    const answer = await fetch(`${hub.url}/v2/token`, { method: "POST", body: form });
    expect([400, 401, 413]).toContain(answer.status);
  });

  describe("S46: lists answer nothing more by", () => {
    test.each([
      "sort=password",
      "order_by=-last_login",
      "fields=password",
      "q=password_hash%3D%25",
      "ordering=email",
    ])("%s", async (query) => {
      for (const path of [
        "/api/v1/users",
        "/api/v1/organizations/acme/members",
        "/api/v1/repositories",
      ]) {
        const plain = await hub.root(`GET ${path}`);
        const asked = await hub.root(`GET ${path}?${query}`);
        if (asked.status !== 400) expect(asked.body).toEqual(plain.body);
        expect(JSON.stringify(asked.body)).not.toMatch(/argon2|\$2[aby]\$/);
      }
    });
  });

  test("S79: nobody but an administrator lists users, by whatever order", async () => {
    for (const query of ["", "?sort=lastLogin", "?order_by=email"]) {
      expect((await hub.as("mallory")(`GET /api/v1/users${query}`)).status).toBe(403);
    }
  });

  describe("S47: what is searched for is text and nothing else", () => {
    test.each(["'", '"; drop table accounts; --', "%", "_", "\0", "' or 1=1 --", "\\"])(
      "%j",
      async (text) => {
        const word = encodeURIComponent(text);
        for (const path of [
          `/v2/search/repositories?query=${word}`,
          `/v1/search?q=${word}`,
          `/api/v1/users?last=${word}`,
          `/api/v1/audit?account=${word}`,
          `/api/v1/repositories?last=${word}`,
        ]) {
          const answer = await hub.as("mallory")(`GET ${path}`);
          expect([path, answer.status < 500]).toEqual([path, true]);
          expect(JSON.stringify(answer.body)).not.toContain("acme/api");
        }
        expect((await hub.as(text, SENTENCE)("GET /v2/")).status).toBe(401);
      },
    );
  });

  test("S38: many connections that send nothing keep nobody else waiting", async () => {
    const { hostname, port } = new URL(hub.url);
    const sockets = Array.from({ length: 500 }, () => {
      const socket = connect(Number(port), hostname);
      // The hub may end what only waits.
      socket.on("error", () => undefined);
      socket.write("GET /v2/ HTTP/1.1\r\nHost: x\r\nX-Slow: ");
      return socket;
    });
    const started = performance.now();
    for (let count = 0; count < 20; count += 1) {
      expect((await hub.anonymous("GET /v2/")).status).toBe(401);
    }
    expect(performance.now() - started).toBeLessThan(5000);
    for (const socket of sockets) socket.destroy();
  });
});

test("S82: no secret is in the log, the data, the metrics or the audit trail, even after a crash", async () => {
  const secrets = new Set<string>();
  const env = {
    BERTH_ACCESS_MODE: "accounts",
    BERTH_ADMIN_PASSWORD: "c4n4ry-of-the-administrator",
  };
  await using server = await HubProcess.start({ env });
  const admin = { name: "admin", password: env.BERTH_ADMIN_PASSWORD };
  const root = callerOf(server.url, admin);
  const alice = { name: "alice", password: "c4n4ry-of-alice" };
  await done(root("POST /api/v1/users", alice));
  await done(root("POST /api/v1/organizations", { name: "acme" }));
  const resources = [{ repositories: "acme/*", actions: ["pull"] }];
  for (const noun of ["robots", "tokens"]) {
    const path = `POST /api/v1/organizations/acme/${noun}`;
    secrets.add((await done(root(path, { label: "ci", resources }))).body.secret);
  }
  const wish = { label: "ci", scopes: ["repo:read"] };
  const pat = (await done(callerOf(server.url, alice)("POST /api/v1/account/tokens", wish))).body;
  secrets.add(pat.secret).add(admin.password).add(alice.password).add("c4n4ry-wrong-password");
  const login = await fetch(`${server.url}/v2/token?offline_token=true`, {
    headers: { authorization: `Basic ${btoa(`alice:${alice.password}`)}` },
  });
  const tokens = (await login.json()) as { token: string; refresh_token: string };
  secrets.add(tokens.token).add(tokens.refresh_token);
  const session = await fetch(`${server.url}/api/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json", "sec-fetch-site": "same-origin" },
    body: JSON.stringify(alice),
  });
  secrets.add(/=([^;]{16,})/.exec(session.headers.get("set-cookie") ?? "")?.[1] ?? "no session");
  const shown: string[] = [];
  for (const secret of secrets) shown.push(...(await knockEverywhere(server.url, secret)));
  shown.push(await (await fetch(`${server.url}/metrics`)).text());
  shown.push(JSON.stringify((await root("GET /api/v1/audit/export")).body ?? ""));
  await server.stop("SIGKILL");
  for (const name of await readdir(server.dataDirectory, { recursive: true })) {
    const path = join(server.dataDirectory, name);
    shown.push(await readFile(path, "latin1").catch(() => ""));
  }
  const text = `${server.log}\n${shown.join("\n")}`;
  expect(server.log.length).toBeGreaterThan(1000);
  expect([...secrets].filter((secret) => text.includes(secret))).toEqual([]);
});

/** What every door answers to a secret in every place where one may stand, but for the answers that it opens. */
async function knockEverywhere(url: string, secret: string): Promise<readonly string[]> {
  const refusals: string[] = [];
  const paths = [
    "/v2/",
    "/v2/token",
    "/api/v1/account",
    `/v2/a/b/blobs/uploads/x?_state=${secret}`,
    `/api/v1/nothing?token=${secret}`,
  ];
  for (const authorization of [`Basic ${btoa(`alice:${secret}`)}`, `Bearer ${secret}`]) {
    for (const path of paths) {
      const answer = await fetch(`${url}${path}`, { headers: { authorization } });
      const text = await answer.text();
      if (answer.status >= 400) refusals.push(text);
    }
  }
  return refusals;
}

test("S85: line breaks and colours of a client stay in their field of the log", async () => {
  const env = { BERTH_ACCESS_MODE: "accounts", BERTH_ADMIN_PASSWORD: SENTENCE };
  await using server = await HubProcess.start({ env });
  const { host } = server;
  const socket = connect(Number(host.split(":")[1]), "127.0.0.1");
  socket.end(
    `GET /v2/ HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: \u001b[31mred\u0085x\r\nConnection: close\r\n\r\n`,
  );
  await new Promise((resolve) => socket.resume().once("close", resolve));
  const headers = { "user-agent": '"}\\n{"level":"fatal"' };
  await fetch(`${server.url}/v2/x%0Ay/manifests/1`, { headers });
  await server.stop();
  const lines = server.log.split("\n").filter((line) => line.startsWith("{"));
  for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
  expect(server.log).not.toContain("\u001b");
  expect(server.log).not.toContain('\n{"level":"fatal"');
});

/** Of each route of our own API that takes a body, one that is right. */
function listBodies(): readonly (readonly [string, object])[] {
  return Object.entries(API_CASES).flatMap(([route, { body }]) =>
    /^(?:POST|PUT|PATCH) \/api\/v1\//.test(route) && typeof body === "object" && body !== null
      ? [[route, body] as const]
      : [],
  );
}

/** Every route with every thing, asked for in its own place and in another. */
function combine(named: readonly string[], things: Readonly<Record<string, string>>) {
  return named.flatMap((route) =>
    Object.entries(things).flatMap(([kind, id]) =>
      ["evil", "acme"].map((place) => ({ route, kind, id, place })),
    ),
  );
}

function fill(route: string, { place, id }: { place: string; id: string }): string {
  return route
    .replace(/\{(?:organization|namespace|org_name|orgname)\}/, place)
    .replace("{*}", `${place}/api`)
    .replace("{repository}", "api")
    .replace(/\{\w+\}/g, encodeURIComponent(id));
}

/** As long and of the same letters (a UUID stays one), so that it is looked for in the same way. */
function absentLike(id: string): string {
  return [...id]
    .map((letter) =>
      /[1-9b-eg-y]/.test(letter) ? String.fromCharCode(letter.charCodeAt(0) ^ 1) : letter,
    )
    .join("");
}

function masked({ status, body }: ApiAnswer, id: string): string {
  const text = (JSON.stringify(body) ?? "").replaceAll(id, "ID");
  return `${status} ${text.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UUID")}`;
}
