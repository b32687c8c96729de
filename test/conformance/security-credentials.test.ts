import { describe, expect, test } from "vitest";
import { done, ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";

const ALICE = { name: "alice", password: SENTENCE };
const REPOSITORIES = ["alice/app", "alice/other", "alice/public", "bob/own"] as const;
const ACTIONS = ["pull", "push", "delete"] as const;

interface Secret {
  readonly name: string;
  readonly password: string;
}

/** What each credential can do, as `repository action`; "alice/public" is public. */
const CREDENTIALS: Readonly<Record<string, { wish: object | undefined; can: readonly string[] }>> =
  {
    "a password": {
      wish: undefined,
      can: [...all("alice/app"), ...all("alice/other"), ...all("alice/public")],
    },
    "a token to read": {
      wish: { scopes: ["repo:read"] },
      can: ["alice/app pull", "alice/other pull", "alice/public pull"],
    },
    "a token to write one repository": {
      wish: { scopes: ["repo:write"], repositories: ["alice/app"] },
      can: ["alice/app pull", "alice/app push"],
    },
    "a token for what is public": {
      wish: { scopes: ["repo:public_read"] },
      can: ["alice/public pull"],
    },
  };

describe("S22: the limits of a credential hold on every way in", () => {
  test.each(Object.keys(CREDENTIALS))("%s", async (name) => {
    await using hub = await startWithRepositories();
    const { wish, can = [] } = CREDENTIALS[name] ?? {};
    const secret = wish === undefined ? ALICE : await hub.makeToken(wish);
    const identityToken = await hub.refreshTokenOf(secret);
    const ways: Readonly<Record<string, (scope: string) => Promise<string>>> = {
      "Basic at the registry": async () => basic(secret),
      "the identity token as Basic": async () =>
        basic({ name: "<token>", password: identityToken }),
      "a token got by Basic": async (scope) => `Bearer ${await hub.tokenBy(secret, scope)}`,
      "a token got by a form": async (scope) => `Bearer ${await hub.tokenByForm(secret, scope)}`,
      "a token got by the identity token": async (scope) =>
        `Bearer ${await hub.tokenByRefresh(identityToken, scope)}`,
    };
    for (const [way, show] of Object.entries(ways)) {
      expect([way, await hub.listWhatMay(show)]).toEqual([way, can]);
    }
  });

  test("a token of the registry opens nothing else, whoever has it", async () => {
    await using hub = await startWithRepositories();
    const scope = "repository:admin/x:* registry:catalog:*";
    const authorization = `Bearer ${await hub.tokenBy(ROOT, scope)}`;
    const paths = [
      "GET /api/v1/account",
      "POST /api/v1/account/tokens",
      "GET /api/v1/users",
      "GET /api/v1/repositories",
      "POST /api/v1/operations/collect",
    ];
    for (const line of paths) {
      const [method = "", path = ""] = line.split(" ");
      const answer = await fetch(hub.url + path, { method, headers: { authorization } });
      expect([line, answer.status]).toEqual([line, 403]);
    }
    const catalog = await fetch(`${hub.url}/v2/_catalog`, { headers: { authorization } });
    expect(catalog.status).toBe(200);
    const narrow = `Bearer ${await hub.tokenBy(ROOT, "repository:admin/x:*")}`;
    const refused = await fetch(`${hub.url}/v2/_catalog`, { headers: { authorization: narrow } });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toContain(
      'scope="registry:catalog:*",error="insufficient_scope"',
    );
  });
});

describe("S23: what is taken away is gone", () => {
  const ENDS: Readonly<Record<string, (hub: StartedHub, id: string) => Promise<unknown>>> = {
    "the account is disabled": (hub) => hub.root("PATCH /api/v1/users/alice", { isDisabled: true }),
    "the token is deleted": (hub, id) => hub.as("alice")(`DELETE /api/v1/account/tokens/${id}`),
    "the token is switched off": (hub, id) =>
      hub.as("alice")(`PATCH /api/v1/account/tokens/${id}`, { isActive: false }),
  };

  test.each(Object.keys(ENDS))("when %s, at once or within half a minute", async (name) => {
    await using hub = await startWithRepositories();
    const secret = await hub.makeToken({ scopes: ["repo:admin"] });
    const identityToken = await hub.refreshTokenOf(secret);
    const bearer = `Bearer ${await hub.tokenBy(secret, "repository:alice/app:pull")}`;
    expect(await hub.may("pull", "alice/app", bearer)).toBe(true);
    await ENDS[name]?.(hub, secret.id);
    expect(await hub.may("pull", "alice/app", basic(secret))).toBe(false);
    expect(await hub.tokenByRefresh(identityToken, "repository:alice/app:pull")).toBeUndefined();
    hub.wait(30);
    expect(await hub.may("pull", "alice/app", bearer)).toBe(false);
  });

  test("a changed password ends the logins that were made with it", async () => {
    await using hub = await startWithRepositories();
    const identityToken = await hub.refreshTokenOf(ALICE);
    const change = { current: SENTENCE, next: "quite another sentence" };
    await done(hub.as("alice")("POST /api/v1/account/password", change));
    expect(await hub.tokenByRefresh(identityToken, "")).toBeUndefined();
    expect(await hub.refreshTokenOf({ ...ALICE, password: change.next })).toMatch(/^berth_rt_/);
  });

  test("a right that is taken away is gone from tokens that were granted it", async () => {
    await using hub = await startWithRepositories();
    const right = { account: "alice", repository: "bob/own", actions: ["push"] };
    await done(hub.as("bob")("PUT /api/v1/namespaces/bob/rights", right));
    const scope = "repository:bob/own:pull,push";
    const bearer = `Bearer ${await hub.tokenBy(ALICE, scope)}`;
    expect(await hub.may("push", "bob/own", bearer)).toBe(true);
    const key = "account=alice&repository=bob/own";
    await done(hub.as("bob")(`DELETE /api/v1/namespaces/bob/rights?${key}`));
    expect(await hub.may("push", "bob/own", bearer)).toBe(false);
  });

  test("a robot keeps nothing that outlives its secret", async () => {
    await using hub = await startWithRepositories();
    await hub.addOrganization("acme");
    const resources = [{ repositories: "acme/*", actions: ["pull", "push"] }];
    const path = "/api/v1/organizations/acme/robots";
    const { body } = await done(hub.root(`POST ${path}`, { label: "ci", resources }));
    const robot = { name: body.user, password: body.secret };
    expect(await hub.refreshTokenOf(robot)).toBeUndefined();
    expect(await hub.tokenBy(robot, "repository:acme/api:push")).toBeTypeOf("string");
  });
});

describe("logins that machines keep", () => {
  const LOGINS = "/api/v1/account/logins";

  test("are listed with where they are, and ended one by one or all at once", async () => {
    await using hub = await startWithRepositories();
    const alice = hub.as("alice");
    const tokens = [await hub.refreshTokenOf(ALICE), await hub.refreshTokenOf(ALICE)];
    const { body } = await done(alice(`GET ${LOGINS}`));
    expect(body.items).toHaveLength(2);
    expect(body.items[0]).toMatchObject({ credential: "password", address: "127.0.0.1" });
    expect(JSON.stringify(body)).not.toContain(tokens[0]?.slice(-20));
    await done(alice(`DELETE ${LOGINS}/${body.items[0].id}`));
    const left = async () =>
      (await Promise.all(tokens.map((token) => hub.tokenByRefresh(token, "")))).filter(Boolean);
    expect(await left()).toHaveLength(1);
    await done(alice(`DELETE ${LOGINS}`));
    expect(await left()).toEqual([]);
    expect((await done(alice(`GET ${LOGINS}`))).body.items).toEqual([]);
  });

  test("are nobody else's business, but for an administrator who ends them", async () => {
    await using hub = await startWithRepositories();
    const token = await hub.refreshTokenOf(ALICE);
    const { body } = await done(hub.as("alice")(`GET ${LOGINS}`));
    const limited = await hub.makeToken({ scopes: ["repo:admin"] });
    const attempts = [
      hub.as("bob")(`DELETE ${LOGINS}/${body.items[0].id}`),
      hub.as("bob")("DELETE /api/v1/users/alice/logins"),
      hub.as("alice", limited.password)(`GET ${LOGINS}`),
      hub.as("alice", limited.password)(`DELETE ${LOGINS}`),
      hub.anonymous(`GET ${LOGINS}`),
    ];
    expect((await Promise.all(attempts)).map(({ status }) => status)).toEqual([
      404, 403, 403, 403, 401,
    ]);
    expect(await hub.tokenByRefresh(token, "")).toBeTypeOf("string");
    await done(hub.root("DELETE /api/v1/users/alice/logins"));
    expect(await hub.tokenByRefresh(token, "")).toBeUndefined();
  });
});

test("a signing key that may be known to others is replaced by an administrator alone", async () => {
  await using hub = await startWithRepositories();
  const before = `Bearer ${await hub.tokenBy(ALICE, "repository:alice/app:pull")}`;
  expect((await hub.as("alice")("POST /api/v1/operations/keys")).status).toBe(403);
  expect(await hub.may("pull", "alice/app", before)).toBe(true);
  const refreshToken = await hub.refreshTokenOf(ALICE);
  const { body } = await done(hub.root("POST /api/v1/operations/keys"));
  const jwks = (await hub.anonymous("GET /.well-known/jwks.json")).body;
  expect(jwks.keys).toMatchObject([{ kid: body.kid }]);
  hub.wait(30);
  expect(await hub.may("pull", "alice/app", before)).toBe(false);
  const after = `Bearer ${await hub.tokenByRefresh(refreshToken, "repository:alice/app:pull")}`;
  expect(await hub.may("pull", "alice/app", after)).toBe(true);
});

test("S41: wrong passwords count on all doors together, and a right one is told to wait too", async () => {
  await using hub = await startWithRepositories();
  const wrong = { ...ALICE, password: "guess" };
  for (let round = 0; round < 3; round += 1) {
    await hub.tokenBy(wrong, "");
    await hub.tokenByForm(wrong, "");
    await hub.may("pull", "alice/app", basic(wrong));
    await hub.as("alice", wrong.password)("GET /api/v1/account");
  }
  const doors = [
    fetch(`${hub.url}/token`, { headers: { authorization: basic(ALICE) } }),
    fetch(`${hub.url}/v2/`, { headers: { authorization: basic(ALICE) } }),
    fetch(`${hub.url}/api/v1/account`, { headers: { authorization: basic(ALICE) } }),
  ];
  for (const answer of await Promise.all(doors)) {
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  }
});

type StartedHub = Awaited<ReturnType<typeof startWithRepositories>>;

async function startWithRepositories() {
  let now = new Date();
  const hub = await startAccountsHub({ clock: () => now });
  await hub.addUsers("alice", "bob");
  for (const repository of REPOSITORIES) {
    const name = repository.split("/")[0] ?? "";
    await hub.push({ name, password: SENTENCE }, `${repository}:1`);
  }
  const show = { visibility: "public" };
  await done(hub.as("alice")("PATCH /api/v1/repositories/alice/public", show));
  return {
    ...hub,
    wait(seconds: number) {
      now = new Date(now.getTime() + seconds * 1000);
    },
    async makeToken(wish: object): Promise<Secret & { readonly id: string }> {
      const { body } = await done(
        hub.as("alice")("POST /api/v1/account/tokens", { label: "ci", ...wish }),
      );
      return { name: "alice", password: body.secret, id: body.id };
    },
    async refreshTokenOf(secret: Secret): Promise<string> {
      const headers = { authorization: basic(secret) };
      const answer = await fetch(`${hub.url}/token?offline_token=true`, { headers });
      return ((await answer.json()) as { refresh_token: string }).refresh_token;
    },
    async tokenBy(secret: Secret, scope: string): Promise<string> {
      const query = new URLSearchParams({ scope });
      const headers = { authorization: basic(secret) };
      return await tokenOf(fetch(`${hub.url}/token?${query}`, { headers }));
    },
    async tokenByForm({ name, password }: Secret, scope: string): Promise<string> {
      const form = { grant_type: "password", username: name, password, scope };
      const body = new URLSearchParams(form);
      return await tokenOf(fetch(`${hub.url}/token`, { method: "POST", body }));
    },
    async tokenByRefresh(refreshToken: string, scope: string): Promise<string> {
      const form = { grant_type: "refresh_token", refresh_token: refreshToken, scope };
      const body = new URLSearchParams(form);
      return await tokenOf(fetch(`${hub.url}/token`, { method: "POST", body }));
    },
    /** Everything of the four repositories that may be done by what `show` gives for a scope. */
    async listWhatMay(show: (scope: string) => Promise<string>): Promise<readonly string[]> {
      const found: string[] = [];
      for (const wish of REPOSITORIES.flatMap(all)) {
        const [repository = "", action = ""] = wish.split(" ");
        const authorization = await show(`repository:${repository}:*`);
        if (await this.may(action, repository, authorization)) found.push(wish);
      }
      return found;
    },
    /** Tries it in a way that changes nothing. */
    async may(action: string, repository: string, authorization: string): Promise<boolean> {
      const absent = `sha256:${"0".repeat(64)}`;
      const [method = "", path] = {
        pull: ["GET", "tags/list"],
        push: ["DELETE", "blobs/uploads/00000000-0000-4000-8000-000000000000"],
        delete: ["DELETE", `manifests/${absent}`],
      }[action] ?? ["", ""];
      const target = `${hub.url}/v2/${repository}/${path}`;
      const answer = await fetch(target, { method, headers: { authorization } });
      const { errors = [] } = (await answer.json()) as { errors?: { code: string }[] };
      const [code] = errors.map((error) => error.code);
      return code === undefined || ["BLOB_UPLOAD_UNKNOWN", "MANIFEST_UNKNOWN"].includes(code);
    },
  };
}

function all(repository: string): readonly string[] {
  return ACTIONS.map((action) => `${repository} ${action}`);
}

function basic({ name, password }: Secret): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}

async function tokenOf(answer: Promise<Response>): Promise<string> {
  return ((await (await answer).json()) as { token: string }).token;
}
