import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROUTES, type RouteId } from "../../src/oci/route.ts";
import { type ApiAnswer, done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { API_CASES } from "./role-matrix.ts";
import {
  BY_RIGHT,
  BY_RIGHT_IF_PUBLIC,
  type Expected,
  type Outcome,
  ROLES,
  type Role,
} from "./roles.ts";

type Hub = Awaited<ReturnType<typeof startAccountsHub>>;
type Ask = (request: string, body?: unknown) => Promise<ApiAnswer>;

const ABSENT = `sha256:${"0".repeat(64)}`;
const EMPTY_DIGEST = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
const UPLOAD = "00000000-0000-4000-8000-000000000000";
/** Answered by their own rules: credentials are in the request itself. */
const TOKEN_DOORS = [
  /^\w+ \/(v2\/)?token$/,
  /^POST \/oauth\/token$/,
  /^POST \/api\/v1\/session$/,
  /^POST \/v2\/(auth\/token|users\/(2fa-)?login)$/,
];

const LISTS = new Set([
  "GET /api/v1/catalog/organizations/{organization}",
  "GET /v2/namespaces/{namespace}/repositories",
  "GET /v2/repositories/{namespace}",
]);

let hub: Hub;
let callers: Readonly<Record<Role, Ask>>;

beforeAll(async () => {
  hub = await startAccountsHub();
  await hub.addUsers("stranger", "reader", "writer", "admin-of-api", "owner");
  await done(
    hub.root("POST /api/v1/users", { name: "auditor", password: SENTENCE, role: "auditor" }),
  );
  await hub.addOrganization("acme", { owner: "owner" });
  for (const name of ["acme/api", "acme/public"]) await addRepository(name);
  await done(hub.root("PATCH /api/v1/repositories/acme/public", { visibility: "public" }));
  const limited = { label: "limited", scopes: ["repo:read"] };
  const token = await done(hub.as("owner")("POST /api/v1/account/tokens", limited));
  const resources = [{ repositories: "acme/*", actions: ["pull", "push"] }];
  const robot = await done(
    hub.root("POST /api/v1/organizations/acme/robots", { label: "ci", resources }),
  );
  callers = {
    anonymous: hub.anonymous,
    stranger: hub.as("stranger"),
    reader: hub.as("reader"),
    writer: hub.as("writer"),
    admin: hub.as("admin-of-api"),
    owner: hub.as("owner"),
    limited: hub.as("owner", token.body.secret),
    robot: hub.as("acme+ci", robot.body.secret),
    auditor: hub.as("auditor"),
    administrator: hub.root,
  };
});
afterAll(() => hub[Symbol.asyncDispose]());

const REGISTRY_CELLS = (Object.keys(ROUTES) as RouteId[]).flatMap((id) =>
  Object.entries(ROUTES[id].methods).map(([method, right]) => ({ id, method, right })),
);

describe("S1: the registry", () => {
  for (const { id, method, right } of REGISTRY_CELLS) {
    test.each(ROLES)(`${method} ${id} of a private repository: %s`, async (role) => {
      const answer = await callers[role](`${method} ${pathOf(id, method, "acme/api")}`);
      expect(outcomeOf(answer)).toBe(expectedOf(BY_RIGHT, right)[role]);
    });
  }

  for (const { id, method, right } of REGISTRY_CELLS.filter(
    (cell) => cell.right in BY_RIGHT_IF_PUBLIC,
  )) {
    test.each(ROLES)(`${method} ${id} of a public repository: %s`, async (role) => {
      const answer = await callers[role](`${method} ${pathOf(id, method, "acme/public")}`);
      expect(outcomeOf(answer)).toBe(expectedOf(BY_RIGHT_IF_PUBLIC, right)[role]);
    });
  }

  for (const { id, method } of REGISTRY_CELLS.filter((cell) => cell.right in BY_RIGHT_IF_PUBLIC)) {
    test.each(["anonymous", "stranger"] as const)(
      `${method} ${id}: for %s what is private is like what does not exist`,
      async (role) => {
        const ask = callers[role];
        const hidden = await ask(`${method} ${pathOf(id, method, "acme/api")}`);
        for (const name of ["acme/nil", "nil/api"]) {
          const absent = await ask(`${method} ${pathOf(id, method, name)}`);
          expect(masked(absent, name)).toEqual(masked(hidden, "acme/api"));
        }
      },
    );
  }
});

describe("S1: the HTTP API", () => {
  test("has a row in the matrix for each of its routes, and no other row", async () => {
    const { body } = await hub.anonymous("GET /api/openapi.json");
    const routes = Object.entries(body.paths as Record<string, object>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const guarded = routes.filter((route) => !TOKEN_DOORS.some((door) => door.test(route)));
    expect(guarded.toSorted()).toEqual(Object.keys(API_CASES).toSorted());
  });

  for (const [route, { body, expected }] of Object.entries(API_CASES)) {
    test.each(ROLES)(`${route}: %s`, async (role) => {
      const answer = await callers[role](await prepare(route), body);
      expect(`${outcomeOf(answer)}`).toBe(expected[role]);
    });
  }

  // A list of what one may see is told apart by what is public in it, as it should be.
  const scoped = Object.entries(API_CASES).filter(
    ([route]) => /\{(organization|namespace|account|\*)\}/.test(route) && !LISTS.has(route),
  );
  for (const [route, { body }] of scoped) {
    test.each(["anonymous", "stranger"] as const)(
      `${route}: for %s what is private is like what does not exist`,
      async (role) => {
        const request = await prepare(route);
        const hidden = await callers[role](request, body);
        const absent = await callers[role](request.replaceAll("acme", "nil"), body);
        expect(masked(absent, "nil")).toEqual(masked(hidden, "acme"));
      },
    );
  }
});

async function addRepository(repository: string): Promise<void> {
  await hub.push(ROOT, `${repository}:1`);
  for (const [account, action] of [
    ["reader", "pull"],
    ["writer", "push"],
    ["admin-of-api", "admin"],
  ] as const) {
    const right = { account, repository, actions: [action] };
    await done(hub.root("PUT /api/v1/namespaces/acme/rights", right));
  }
}

function expectedOf(matrix: Readonly<Record<string, Expected>>, right: string): Expected {
  const expected = matrix[right];
  if (expected === undefined) throw new Error(`the matrix does not know the right ${right}`);
  return expected;
}

/** Reads ask for what is there, so that HEAD, which has no body to say so, is told from a refusal; the rest asks for nothing. */
function pathOf(id: RouteId, method: string, name: string): string {
  const reads = method === "GET" || method === "HEAD";
  return ROUTES[id].path
    .replace("<name>", name)
    .replace("<reference>", reads ? "1" : "no-such-tag")
    .replace("<digest>", reads ? EMPTY_DIGEST : ABSENT)
    .replace("<upload>", UPLOAD);
}

let made = 0;
const hooks: string[] = [];
const roles: string[] = [];
const invitations: string[] = [];

/** The route's address with things in it that are there, made anew for each cell by the administrator. */
async function prepare(route: string): Promise<string> {
  made += 1;
  const word = `thing${[...String(made)].map((digit) => "bcdefghjkp"[Number(digit)]).join("")}`;
  const [request = "", path = ""] = route.split(" ");
  let address = path
    .replace("{organization}", "acme")
    .replace("{namespace}", "acme")
    .replace("{account}", "acme")
    .replace("{place}", "acme")
    .replace("{*}", "acme/api")
    .replace("{repository}", "api");
  address = await withOwnRepository(`${request} ${address}`, word);
  if (/\{(name|user)\}/.test(address)) {
    await hub.addUsers(word);
    await done(hub.root(`PUT /api/v1/organizations/acme/members/${word}`, { role: "member" }));
  }
  if (/\{(team|group)\}/.test(address)) {
    await done(hub.root("POST /api/v1/organizations/acme/teams", { name: word }));
  }
  if (address.includes("{role}")) {
    const wish = { name: word, permissions: ["member.read"] };
    await done(hub.root("POST /api/v1/organizations/acme/roles", wish));
    address = address.replace("{role}", word);
    if (roles.length > 0) await hub.root(`DELETE /api/v1/organizations/acme/roles/${roles.pop()}`);
    roles.push(word);
  }
  if (address.includes("/webhooks/{id}")) {
    const wish = { label: word, url: "https://hooks.invalid/", format: "hub" };
    const { body } = await done(hub.root("POST /api/v1/webhooks", wish));
    address = address.replace("{id}", body.id).replace("{delivery}", "1");
    // So that nothing is ever sent there: there are at most a few of one kind.
    if (hooks.length > 0) await hub.root(`DELETE /api/v1/webhooks/${hooks.pop()}`);
    hooks.push(body.id);
  }
  if (address.includes("{tag}")) {
    await hub.push(ROOT, `acme/api:${word}`);
    address = address.replace("{tag}", word);
  }
  address = withCiRule(withSubmission(await withInvitation(address, word)), word);
  const noun = /acme\/(robots|tokens|access-tokens)\/\{id\}/.exec(address)?.[1];
  if (noun !== undefined) {
    const wish = { label: word, resources: [{ repositories: "acme/*", actions: ["pull"] }] };
    const own = noun.replace("access-", "");
    const { body } = await done(hub.root(`POST /api/v1/organizations/acme/${own}`, wish));
    address = address.replace("{id}", body.id);
  }
  if (route.startsWith("DELETE") && address.endsWith("/rights")) {
    const right = { account: "stranger", pattern: word, actions: ["pull"] };
    await done(hub.root("PUT /api/v1/namespaces/acme/rights", right));
    address += `?account=stranger&pattern=${word}`;
  }
  return `${request} ${address.replace(/\{(name|user|team|group)\}/g, word).replace(/\{(id|uuid)\}/, "no-such-thing")}`;
}

/** Of somebody who is none of the roles; cancelled before the next one, so that there is always room. */
async function withInvitation(address: string, word: string): Promise<string> {
  if (!address.includes("{invitation}")) return address;
  const path = "/api/v1/organizations/acme/invitations";
  if (invitations.length > 0) await hub.root(`DELETE ${path}/${invitations.pop()}`);
  const wish = { invitees: [`${word}@example.com`] };
  const { id } = (await done(hub.root(`POST ${path}`, wish))).body.items[0].invitation;
  invitations.push(id);
  return address.replace("{invitation}", id);
}

/** A draft of the owner's; a hub that does not build takes none by its API. */
function withSubmission(address: string): string {
  if (!address.includes("/official/submissions/{id}")) return address;
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
  const row = database
    .prepare(
      `insert into official_submissions (name, state, author_id, principal, is_security, definition, definition_hash, documents,
       checks, images, created_at, changed_at)
       select 'matrix', 'draft', id, '{"kind":"user","name":"owner"}', 0, '', '', '{}', '[]', '[]', 0, 0
       from namespaces where name = 'owner' returning id`,
    )
    .get();
  return address.replace("{id}", String(row?.id));
}

/** Of the organization or the hub; one that does not know its own address takes none by its API. */
function withCiRule(address: string, word: string): string {
  if (!address.includes("/ci-rules/{id}")) return address;
  const owner = address.includes("acme") ? "acme" : "";
  using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"));
  database
    .prepare(
      `insert into ci_rules (id, organization_id, name, issuer, claims, account_id, repositories, actions, lifetime_ms, created_by,
       created_at) values (?, coalesce((select id from namespaces where name = ?), 0), ?, 'https://issuer.example.com',
       '{"repository":"acme/api"}', 0, '["api"]', '["pull"]', 60000, 'owner', 0)`,
    )
    .run(word, owner, word);
  return address.replace("{id}", word);
}

/** What is deleted is not what the other cells ask about. */
async function withOwnRepository(route: string, word: string): Promise<string> {
  const [request = "", address = ""] = route.split(" ");
  if (request !== "DELETE" || !address.endsWith("acme/api")) return address;
  await addRepository(`acme/${word}`);
  return address.replace("acme/api", `acme/${word}`);
}

/**
 * Refused for who asks, or let through: what is wrong with the request itself (400, 405, 409, or a thing that is not in a
 * repository that the caller may see) is found after that.
 */
function outcomeOf({ status, body }: ApiAnswer): Outcome {
  if (status === 401) return "401";
  if (status === 403) return "403";
  const isHidden =
    body?.errors?.[0]?.code === "NAME_UNKNOWN" ||
    body?.type !== undefined ||
    body?.message === "object not found";
  return status === 404 && (isHidden || body === undefined) ? "404" : "yes";
}

function masked({ status, headers, body }: ApiAnswer, name: string) {
  const [first = ""] = name.split("/");
  const text = JSON.stringify([Object.fromEntries(headers), body])
    .replaceAll(name, "NAME")
    .replaceAll(`\\"${first}\\"`, "FIRST")
    .replaceAll(encodeURIComponent(name), "NAME")
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "ID")
    .replace(/"(date|content-length|x-ratelimit-remaining|x-ratelimit-reset)":"[^"]*"/g, "");
  return { status, text };
}
