import { expect, test } from "vitest";
import { type ApiAnswer, done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";

type Hub = Awaited<ReturnType<typeof startAccountsHub>>;

const ALICE = { name: "alice", password: SENTENCE };

/** As a tool of Docker Hub's asks: with a token in its header. */
function withToken(hub: Hub, token: string, scheme = "Bearer") {
  return async (request: string, body?: unknown): Promise<ApiAnswer> => {
    const [method = "", path = ""] = request.split(" ");
    const response = await fetch(new URL(path, hub.url), {
      method,
      headers: {
        authorization: `${scheme} ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = text === "" || method === "HEAD" ? undefined : JSON.parse(text);
    return { status: response.status, headers: response.headers, body: parsed };
  };
}

async function logIn(hub: Hub, { name, password } = ALICE) {
  const { body } = await done(hub.anonymous("POST /v2/users/login/", { username: name, password }));
  return body.token as string;
}

async function startWithImages() {
  const hub = await startAccountsHub();
  await hub.addUsers("alice", "mallory");
  await hub.push(ALICE, "alice/app:1");
  await hub.push(ALICE, "alice/app:2");
  await hub.push(ALICE, "alice/tool:1");
  return hub;
}

test("hub-tool's requests: log in, list repositories and tags, look at a tag, delete it", async () => {
  await using hub = await startWithImages();
  const ask = withToken(hub, await logIn(hub));
  const repositories = await done(
    ask("GET /v2/repositories/alice/?page_size=25&page=1&ordering=last_updated"),
  );
  expect(repositories.body).toMatchObject({
    count: 2,
    next: null,
    previous: null,
    results: [{ name: "tool", namespace: "alice", is_private: true, status: 1 }, { name: "app" }],
  });
  const tags = await done(ask("GET /v2/repositories/alice/app/tags/?page_size=25&page=1"));
  expect(tags.body.results).toMatchObject([
    { name: "2", tag_status: "active", status: "active", last_updater_username: "alice" },
    { name: "1" },
  ]);
  const tag = await done(ask("GET /v2/repositories/alice/app/tags/1/"));
  expect(tag.body).toMatchObject({
    name: "1",
    full_size: 4,
    digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    images: [{ size: 4, status: "active" }],
  });
  expect((await ask("DELETE /v2/repositories/alice/app/tags/1/")).status).toBe(204);
  expect((await ask("GET /v2/repositories/alice/app/tags/1/")).status).toBe(404);
  expect((await ask("DELETE /v2/repositories/alice/app/tags/1/")).status).toBe(404);
});

test("dockerhub-description's requests: a token, and a description", async () => {
  await using hub = await startWithImages();
  const wish = { label: "readme", scopes: ["repo:admin"] };
  const pat = await done(hub.as("alice")("POST /api/v1/account/tokens", wish));
  const login = { identifier: "alice", secret: pat.body.secret };
  const { body } = await done(hub.anonymous("POST /v2/auth/token", login));
  const ask = withToken(hub, body.access_token);
  const texts = { full_description: "# App\n\nIt does things.", description: "An app" };
  const patched = await done(ask("PATCH /v2/repositories/alice/app", texts));
  expect(patched.body).toMatchObject({ ...texts, name: "app", permissions: { admin: true } });
  expect((await done(ask("GET /v2/namespaces/alice/repositories/app"))).body).toMatchObject(texts);
});

test("older tools say JWT, and get the same", async () => {
  await using hub = await startWithImages();
  const ask = withToken(hub, await logIn(hub), "JWT");
  expect((await ask("GET /v2/repositories/alice/app/")).status).toBe(200);
  expect((await ask("HEAD /v2/repositories/alice/app/")).status).toBe(200);
});

test("a token of this API is none for the registry, and the reverse", async () => {
  await using hub = await startWithImages();
  const hubToken = await logIn(hub);
  expect((await withToken(hub, hubToken)("GET /v2/alice/app/tags/list")).status).toBe(401);
  const scope = "scope=repository:alice/app:pull";
  const { body } = await done(hub.as("alice")(`GET /token?service=berth&${scope}`));
  const ask = withToken(hub, body.token);
  expect((await ask("GET /v2/alice/app/tags/list")).status).toBe(200);
  expect((await ask("GET /v2/access-tokens")).status).toBe(403);
});

test("a token stands for its login: its limits stay, and it ends with it", async () => {
  await using hub = await startWithImages();
  const wish = { label: "ci", scopes: ["repo:read"] };
  const pat = await done(hub.as("alice")("POST /api/v1/account/tokens", wish));
  const ask = withToken(hub, await logIn(hub, { name: "alice", password: pat.body.secret }));
  expect((await ask("GET /v2/repositories/alice/app/")).status).toBe(200);
  expect((await ask("PATCH /v2/repositories/alice/app/", { description: "x" })).status).toBe(403);
  expect((await ask("DELETE /v2/repositories/alice/app/tags/1/")).status).toBe(403);
  expect(
    (await ask("POST /v2/access-tokens", { token_label: "x", scopes: ["repo:admin"] })).status,
  ).toBe(403);
  await done(hub.as("alice")(`DELETE /api/v1/account/tokens/${pat.body.id}`));
  expect((await ask("GET /v2/repositories/alice/app/")).status).toBe(401);
});

test("personal access tokens are made, listed, switched off and deleted as on Docker Hub", async () => {
  await using hub = await startWithImages();
  const ask = withToken(hub, await logIn(hub));
  const made = await done(
    ask("POST /v2/access-tokens", { token_label: "ci", scopes: ["repo:write"] }),
  );
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    token: expect.stringMatching(/^dckr_pat_/),
    token_label: "ci",
    is_active: true,
    scopes: ["repo:write"],
    expires_at: null,
  });
  const { uuid } = made.body;
  const list = await done(ask("GET /v2/access-tokens?page_size=1000"));
  expect(list.body).toMatchObject({ count: 1, active_count: 1, results: [{ uuid, token: "" }] });
  await done(ask(`PATCH /v2/access-tokens/${uuid}`, { is_active: false }));
  expect((await ask(`GET /v2/access-tokens/${uuid}`)).body).toMatchObject({
    is_active: false,
    token: "",
  });
  const mallory = withToken(hub, await logIn(hub, { name: "mallory", password: SENTENCE }));
  for (const method of ["GET", "DELETE"]) {
    expect((await mallory(`${method} /v2/access-tokens/${uuid}`)).status).toBe(404);
  }
  expect((await ask(`DELETE /v2/access-tokens/${uuid}`)).status).toBe(204);
});

test("repositories are made in both styles, and a name that is there is refused", async () => {
  await using hub = await startWithImages();
  const ask = withToken(hub, await logIn(hub));
  const first = { name: "made", description: "d", is_private: false, registry: "docker.io" };
  const made = await ask("POST /v2/namespaces/alice/repositories", first);
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ name: "made", is_private: false, description: "d" });
  expect((await ask("POST /v2/repositories/", { name: "second", namespace: "alice" })).status).toBe(
    201,
  );
  expect((await ask("POST /v2/repositories/", { name: "second", namespace: "alice" })).status).toBe(
    409,
  );
  expect((await ask("POST /v2/namespaces/mallory/repositories", first)).status).toBe(404);
});

test("what is private is not there for others, and refusals are in Docker Hub's shape", async () => {
  await using hub = await startWithImages();
  const mallory = withToken(hub, await logIn(hub, { name: "mallory", password: SENTENCE }));
  for (const request of [
    "GET /v2/repositories/alice/app/",
    "GET /v2/namespaces/alice/repositories/app",
    "GET /v2/repositories/alice/app/tags",
    "GET /v2/repositories/alice/app/tags/1",
    "DELETE /v2/repositories/alice/app/tags/1",
  ]) {
    const hidden = await mallory(request);
    const absent = await mallory(request.replace("app", "nil"));
    expect([request, hidden.status]).toEqual([request, 404]);
    expect(hidden.body).toEqual(absent.body);
    expect(hidden.body).toMatchObject({ message: "object not found" });
    expect((await hub.anonymous(request)).status).toBe(401);
  }
  expect((await mallory("GET /v2/repositories/alice")).body).toMatchObject({
    count: 0,
    results: [],
  });
  const wrong = await mallory("POST /v2/access-tokens", { token_label: "" });
  expect(wrong.status).toBe(400);
  expect(wrong.body).toMatchObject({ fields: { token_label: [expect.any(String)] } });
});

test("what is public is there for everybody, and search finds what one may see", async () => {
  await using hub = await startWithImages();
  await hub.push(ROOT, "alpine:3");
  for (const name of ["alice/app", "library/alpine"]) {
    await done(hub.root(`PATCH /api/v1/repositories/${name}`, { visibility: "public" }));
  }
  expect((await hub.anonymous("GET /v2/repositories/alice/app/tags")).body.count).toBe(2);
  const found = await done(hub.anonymous("GET /v2/search/repositories/?query=a&page_size=1000"));
  expect(found.body.results.map((one: { repo_name: string }) => one.repo_name)).toEqual([
    "alice/app",
    "alpine",
  ]);
  const index = await done(hub.as("alice")("GET /v1/search?q=alice&n=25"));
  expect(index.body).toMatchObject({
    num_results: 2,
    query: "alice",
    results: [{ name: "alice/app" }, { name: "alice/tool" }],
  });
  expect((await hub.anonymous("GET /v1/_ping")).status).toBe(200);
});

test("docker searches with a token of the registry for the catalog, which opens nothing else", async () => {
  await using hub = await startWithImages();
  const ask = async (scope: string, path: string) => {
    const query = new URLSearchParams({ service: "berth", scope });
    const { body } = await done(hub.as("alice")(`GET /v2/token?${query}`));
    const headers = { authorization: `Bearer ${body.token}` };
    return await fetch(hub.url + path, { headers });
  };
  const found = await ask("registry:catalog:search", "/v1/search?q=alice&n=25");
  expect(await found.json()).toMatchObject({
    num_results: 2,
    results: [{ name: "alice/app" }, {}],
  });
  const others = [
    "/v2/search/repositories?query=alice",
    "/v2/repositories/alice",
    "/api/v1/account",
  ];
  for (const path of others) {
    expect((await ask("registry:catalog:search", path)).status, path).toBe(403);
  }
  expect((await ask("repository:alice/app:pull", "/v1/search?q=alice")).status).toBe(403);
});

test("a request without a body may call it JSON", async () => {
  await using hub = await startWithImages();
  const authorization = `Bearer ${await logIn(hub)}`;
  const headers = { authorization, "content-type": "application/json" };
  const path = "/v2/repositories/alice/app/tags/1";
  const answer = await fetch(hub.url + path, { method: "DELETE", headers });
  expect(answer.status).toBe(204);
  const missing = await fetch(`${hub.url}/v2/repositories`, { method: "POST", headers });
  expect(missing.status).toBe(400);
});

test.each(["page_size=1000&page=1", "page_size=0", "page=-1", "page=x", "page=999999999999"])(
  "a page asked for by %s is no refusal",
  async (query) => {
    await using hub = await startWithImages();
    const { status } = await hub.as("alice")(`GET /v2/repositories/alice/app/tags?${query}`);
    expect(status).toBe(200);
  },
);

test("wrong passwords are refused with 401, and then with 429", async () => {
  await using hub = await startWithImages();
  const login = { username: "alice", password: "not this one" };
  for (let n = 0; n < 10; n += 1) {
    expect((await hub.anonymous("POST /v2/users/login", login)).status).toBe(401);
  }
  const answer = await hub.anonymous("POST /v2/users/login", login);
  expect(answer.status).toBe(429);
  expect(answer.headers.get("x-retry-after")).toMatch(/^\d{10}$/);
  expect((await hub.as("alice")("GET /v2/")).status).toBe(429);
});

test("a repository says how many people were given something of it by name", async () => {
  await using hub = await startAccountsHub();
  await hub.addUsers("alice", "bob", "carol");
  const ask = hub.as("alice");
  await hub.push(ALICE, "alice/shared:1");
  await hub.push(ALICE, "alice/lonely:1");
  const give = (right: object) => done(ask("PUT /api/v1/namespaces/alice/rights", right));
  await give({ account: "bob", repository: "alice/shared", actions: ["pull"] });
  await give({ account: "bob", pattern: "sh*", actions: ["push"] });
  await give({ account: "carol", pattern: "shared", actions: ["pull"] });
  const count = async (name: string) =>
    (await ask(`GET /v2/repositories/alice/${name}`)).body.collaborator_count;
  expect([await count("shared"), await count("lonely")]).toEqual([2, 0]);
  const { results } = (await ask("GET /v2/namespaces/alice/repositories?name=shared")).body;
  expect(results[0].collaborator_count).toBe(2);
  await done(ask("DELETE /api/v1/namespaces/alice/rights?account=carol&pattern=shared"));
  expect(await count("shared")).toBe(1);
});
