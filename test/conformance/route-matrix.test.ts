import { describe, expect, test } from "vitest";
import { OPERATION_PATHS } from "../../src/contract/operations.ts";
import { ROUTES, type RouteId, type RouteRight } from "../../src/oci/route.ts";
import { randomImage } from "../harness/artifacts.ts";
import { type Answer, basicAuthorization, RegistryClient } from "../harness/registry-client.ts";
import { expectRefusal } from "./expectations.ts";
import { type HubTarget, hubForThisFile } from "./hub-target.ts";
import { newRepository } from "./target.ts";

const ALICE = { name: "alice", password: "alice's password" };
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;
const KNOWN_RIGHTS: readonly RouteRight[] = ["none", "pull", "push", "delete", "catalog"];

type Method = (typeof METHODS)[number];

const CONTENT_RIGHTS: readonly RouteRight[] = ["pull", "push", "delete"];

const ROLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  nobody: {},
  "a wrong password": { authorization: basicAuthorization({ ...ALICE, password: "wrong" }) },
  "an unknown user": { authorization: basicAuthorization({ name: "bob", password: "bob" }) },
  "an empty password": { authorization: basicAuthorization({ ...ALICE, password: "" }) },
  "a token nobody issued": { authorization: "Bearer e30.e30.e30" },
  "half a header": { authorization: "Basic" },
  "credentials that are not base64": { authorization: "Basic %%%" },
  "a header of another proxy": { "x-webauth-user": "alice", "x-remote-user": "alice" },
};

const CELLS = (Object.keys(ROUTES) as RouteId[]).flatMap((id) =>
  METHODS.map((method) => ({ id, method, right: rightOf(id, method) })),
);

test("every method of every route has a right that the authoriser knows", () => {
  for (const { methods } of Object.values(ROUTES)) {
    expect(Object.keys(methods).length).toBeGreaterThan(0);
    for (const right of Object.values(methods)) expect(KNOWN_RIGHTS).toContain(right);
  }
});

test("every route into a repository needs a right to its content", () => {
  for (const { path, methods } of Object.values(ROUTES)) {
    if (!path.includes("<name>")) continue;
    for (const right of Object.values(methods)) expect(CONTENT_RIGHTS).toContain(right);
  }
});

test("whoever may GET may HEAD", () => {
  for (const id of Object.keys(ROUTES) as RouteId[]) {
    if (rightOf(id, "HEAD") !== undefined) expect(rightOf(id, "HEAD")).toBe(rightOf(id, "GET"));
  }
});

describe("in an open hub", () => {
  const target = hubForThisFile();

  for (const { id, method, right } of CELLS) {
    const outcome = right === undefined ? "405" : "an answer";
    test(`${method} ${id}: anybody gets ${outcome}`, async () => {
      const answer = await ask(target(), { id, method, headers: {} });
      if (right === undefined) expectNotAllowed(answer, method);
      else expectAllowed(answer);
    });
  }
});

describe("in a hub with passwords", () => {
  const target = hubForThisFile({ users: [ALICE] });

  for (const { id, method, right } of CELLS) {
    const outcome = right === undefined ? "405" : "an answer";
    test(`${method} ${id}: a user gets ${outcome}`, async () => {
      const headers = { authorization: basicAuthorization(ALICE) };
      const answer = await ask(target(), { id, method, headers });
      if (right === undefined) expectNotAllowed(answer, method);
      else expectAllowed(answer);
    });

    for (const [role, headers] of Object.entries(ROLES)) {
      test(`${method} ${id}: ${role} gets 401 and is told how to log in`, async () => {
        const answer = await ask(target(), { id, method, headers });
        // Which methods a route has is in the specification; that much anybody may learn.
        if (right === undefined && answer.status === 405) return;
        expect(answer.status).toBe(401);
        expect(answer.headers["www-authenticate"]).toMatch(/^Basic realm="[^"]+"/);
        if (method === "HEAD") expect(answer.body).toHaveLength(0);
        else expectRefusal(answer, { status: 401, code: "UNAUTHORIZED" });
      });
    }
  }

  for (const path of Object.values(OPERATION_PATHS)) {
    for (const [role, headers] of Object.entries(ROLES)) {
      test(`POST ${path}: ${role} gets 401 and is told how to log in`, async () => {
        const response = await fetch(target().hub.url + path, { method: "POST", headers });
        expect(response.status).toBe(401);
        expect(response.headers.get("www-authenticate")).toMatch(/^Basic realm="[^"]+"/);
        expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json/);
      });
    }

    test(`POST ${path}: a user gets an answer`, async () => {
      const authorization = basicAuthorization(ALICE);
      const response = await fetch(target().hub.url + path, {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body: "{}",
      });
      expect(response.status).toBe(200);
      expect(await response.text()).toContain('"type":"report"');
    });
  }

  for (const path of ["/healthz", "/readyz", "/metrics"]) {
    test(`GET ${path}: anybody may ask, and learns no name`, async () => {
      const { client, hub, random } = target();
      const repository = newRepository(target());
      await client.push(repository, "1", randomImage(random));
      const response = await fetch(hub.url + path);
      expect(response.status).toBe(200);
      const text = await response.text();
      for (const name of [repository, ALICE.name, hub.dataDirectory]) {
        expect(text).not.toContain(name);
      }
    });
  }

  test("P2: GET /v2/ without credentials answers 401 with a challenge, and 200 with the right ones", async () => {
    const { hub } = target();
    const anonymous = await ask(target(), { id: "ping", method: "GET", headers: {} });
    expect(anonymous.status).toBe(401);
    expect(anonymous.headers["www-authenticate"]).toMatch(/^Basic realm="/);
    const headers = { authorization: basicAuthorization(ALICE) };
    const known = await ask(target(), { id: "ping", method: "GET", headers });
    expect(known.status).toBe(200);
    expect(known.body.toString()).toBe("{}");
    expect(hub.url).toBeDefined();
  });

  test("nobody learns whether a repository exists", async () => {
    const { hub, client, random } = target();
    const repository = newRepository(target());
    const image = randomImage(random);
    await client.push(repository, "1", image);
    const paths = (name: string) => [
      `/v2/${name}/manifests/1`,
      `/v2/${name}/tags/list`,
      `/v2/${name}/blobs/${image.config.digest}`,
      `/v2/${name}/referrers/${image.manifest.digest}`,
    ];
    const other = newRepository(target());
    for (const [index, path] of paths(repository).entries()) {
      const existing = await plain(hub.url, path);
      const missing = await plain(hub.url, paths(other)[index] ?? "");
      expect(existing.replaceAll(repository, other)).toBe(missing);
    }
  });
});

function rightOf(id: RouteId, method: Method): RouteRight | undefined {
  const rights: Partial<Record<string, RouteRight>> = ROUTES[id].methods;
  return rights[method];
}

async function ask(
  target: HubTarget,
  request: { id: RouteId; method: Method; headers: Readonly<Record<string, string>> },
): Promise<Answer> {
  const { hub } = target;
  const { id, method, headers } = request;
  const path = await pathTo(target, id);
  await using stranger = new RegistryClient(hub.url);
  return await stranger.send(method, path, { headers });
}

/** An address of the route, at which there is something to find: an image, a blob that can be deleted, an upload. */
async function pathTo(target: HubTarget, id: RouteId): Promise<string> {
  const { client, random } = target;
  const name = newRepository(target);
  await client.push(name, "1", randomImage(random, [10]));
  const digest = await client.pushBlob(name, random.bytes(10));
  const upload = (await client.startUpload(name)).split("/").at(-1) ?? "";
  const parts: Readonly<Record<string, string>> = { name, reference: "1", digest, upload };
  return ROUTES[id].path.replace(/<(\w+)>/g, (_, part: string) => {
    const value = parts[part];
    if (value === undefined) throw new Error(`this test has nothing to put in place of <${part}>`);
    return value;
  });
}

/** The route did its work, or refused the request for what is in it: both come after the authoriser. */
function expectAllowed(answer: Answer): void {
  expect([401, 403, 405]).not.toContain(answer.status);
  expect(answer.status).toBeLessThan(500);
}

function expectNotAllowed(answer: Answer, method: Method): void {
  expect(answer.status).toBe(405);
  expect(answer.headers.allow).toBeDefined();
  if (method !== "HEAD") expectRefusal(answer, { status: 405, code: "UNSUPPORTED" });
}

async function plain(url: string, path: string): Promise<string> {
  const answer = await fetch(url + path);
  const headers = [...answer.headers].filter(([name]) => name !== "date");
  return JSON.stringify([answer.status, headers, await answer.text()]);
}
