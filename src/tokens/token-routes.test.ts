import { decodeJwt, decodeProtectedHeader } from "jose";
import { describe, expect, test } from "vitest";
import { ALICE, basic, type OpenTokens, openTokens, show } from "./tokens.fixture.ts";

const FORM = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
const LOGIN = "/token?account=alice&client_id=docker&offline_token=true&service=berth";

describe("a token", () => {
  test("says who has it, for how long, and what was granted", async () => {
    await using hub = await openTokens();
    const answer = await get(
      hub,
      "/token?service=berth&scope=repository:alice/app:pull,push",
      ALICE,
    );

    expect(answer.status).toBe(200);
    expect(answer.headers["docker-distribution-api-version"]).toBe("registry/2.0");
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.body).toMatchObject({
      expires_in: 1800,
      issued_at: "2026-11-24T12:00:00.000Z",
      scope: "repository:alice/app:pull,push",
      token_type: "Bearer",
    });
    expect(answer.body.access_token).toBe(answer.body.token);
    expect(answer.body.refresh_token).toBeUndefined();
    expect(decodeProtectedHeader(answer.body.token)).toEqual({
      typ: "JWT",
      alg: "ES256",
      kid: expect.any(String),
    });
    const now = hub.now().getTime() / 1000;
    expect(decodeJwt(answer.body.token)).toMatchObject({
      iss: "berth",
      aud: "berth",
      sub: "alice",
      iat: now,
      nbf: now,
      exp: now + 1800,
      jti: expect.any(String),
      access: [{ type: "repository", name: "alice/app", actions: ["pull", "push"] }],
    });
  });

  test("is given to nobody in particular for what is public", async () => {
    await using hub = await openTokens();
    const { status, body } = await get(
      hub,
      "/token?service=berth&scope=repository:public/base:pull,push&scope=repository:alice/app:pull",
    );
    expect(status).toBe(200);
    expect(body.scope).toBe("repository:public/base:pull");
    expect(decodeJwt(body.token).sub).toBe("");
  });

  test("S11: holds what of the wish its holder has; the rest is no error", async () => {
    await using hub = await openTokens();
    const scopes = [
      "repository:alice/app:* repository:bob/app:pull",
      "repository:public/base:pull,push",
      "repository(plugin):alice/plugin:push",
      "registry:catalog:*",
      "unknown:thing:*",
      "repository:*:*",
      "repository:**:pull",
      "repository:alice/app:5000/x:pull",
      "repository:Alice/Ü:pull",
      "repository:orgs/app:pull",
    ].map((scope) => `scope=${encodeURIComponent(scope)}`);
    const { body } = await get(hub, `/token?${scopes.join("&")}`, ALICE);
    expect(body.scope.split(" ")).toEqual([
      "repository:alice/app:pull,push,delete",
      "repository:public/base:pull",
      "repository:alice/plugin:push",
      "registry:catalog:*",
    ]);
  });

  test("without a scope is one that only says who has it", async () => {
    await using hub = await openTokens();
    const { status, body } = await get(hub, "/token?service=berth&account=alice", ALICE);
    expect(status).toBe(200);
    expect(body.scope).toBe("");
  });

  test("for the catalog is for everybody, and for nothing else of the registry", async () => {
    await using hub = await openTokens();
    const { body } = await get(
      hub,
      "/token?scope=registry:catalog:* registry:config:* registry:catalog:x",
    );
    expect(body.scope).toBe("registry:catalog:*");
  });

  test("is found where a proxy that passes on nothing but /v2/ finds it", async () => {
    await using hub = await openTokens();
    const { status, body } = await get(
      hub,
      "/v2/token?service=berth&scope=repository:alice/app:pull",
      ALICE,
    );
    expect(status).toBe(200);
    expect(body.scope).toBe("repository:alice/app:pull");
  });

  test("names its service by the host of the address that clients use", async () => {
    await using hub = await openTokens({ url: "https://hub.example.com:8443/" });
    const { body } = await get(hub, "/token?service=hub.example.com:8443", ALICE);
    expect(decodeJwt(body.token)).toMatchObject({ iss: "hub.example.com:8443" });
  });

  test("fits into the head of a request, or is refused with the limit", async () => {
    await using hub = await openTokens();
    const scopes = (count: number) =>
      Array.from(
        { length: count },
        (_, index) => `scope=repository:alice/${"a".repeat(100)}${index}:pull`,
      );
    const fitting = await get(hub, `/token?${scopes(25).join("&")}`, ALICE);
    expect(fitting.body.token.length).toBeLessThan(8192);
    const { status, body } = await get(hub, `/token?${scopes(50).join("&")}`, ALICE);
    expect(status).toBe(400);
    expect(body.errors[0]?.message).toContain("8192 bytes");
  });
});

describe("a form", () => {
  test("with a password gets what containerd asks for", async () => {
    await using hub = await openTokens();
    const { status, body } = await post(hub, {
      grant_type: "password",
      service: "berth",
      client_id: "containerd-client",
      username: ALICE.user,
      password: ALICE.secret,
      scope: "repository:alice/app:pull repository:alice/app:pull,push",
    });
    expect(status).toBe(200);
    expect(body.access_token).toBeTypeOf("string");
    expect(body.scope).toBe("repository:alice/app:pull,push");
    expect(body.refresh_token).toBeUndefined();
  });

  test("with a refresh token gets a token, and the same refresh token back", async () => {
    await using hub = await openTokens();
    const refreshToken = await logIn(hub);
    const { status, body } = await refresh(hub, refreshToken);
    expect(status).toBe(200);
    expect(body.scope).toBe("repository:alice/app:pull");
    expect(body.refresh_token).toBe(refreshToken);
  });

  test.each([
    [{}, 400, "unsupported_grant_type"],
    [{ grant_type: "client_credentials" }, 400, "unsupported_grant_type"],
    [{ grant_type: "password", username: "alice" }, 400, "invalid_request"],
    [{ grant_type: "refresh_token" }, 400, "invalid_request"],
    [{ grant_type: "refresh_token", refresh_token: "x" }, 401, "invalid_grant"],
    [{ grant_type: "password", username: "alice", password: "x" }, 401, "invalid_grant"],
    [{ grant_type: "password", username: "nobody", password: "x" }, 401, "invalid_grant"],
  ])("of %j is refused with %i %s", async (form, status, error) => {
    await using hub = await openTokens();
    const answer = await post(hub, form as Record<string, string>);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toBe(error);
    expect(answer.headers["www-authenticate"] !== undefined).toBe(status === 401);
  });

  test("is the only body that is read, and a small one", async () => {
    await using hub = await openTokens();
    const payload = JSON.stringify({ grant_type: "password" });
    const json = { "content-type": "application/json" };
    const answer = await hub.application.inject({
      method: "POST",
      url: "/token",
      headers: json,
      payload,
    });
    expect(answer.statusCode).toBe(400);
    const large = await post(hub, { grant_type: "password", scope: "x".repeat(1024 * 1024) });
    expect(large.status).toBe(400);
  });
});

describe("what asks for too much", () => {
  test.each([
    ["a thousand scopes", "repository:a:pull ".repeat(1000)],
    ["scopes of 9 KiB", `repository:${"a".repeat(9000)}:pull`],
  ])("is refused: %s", async (_what, scope) => {
    await using hub = await openTokens();
    const { status, body } = await post(hub, {
      grant_type: "password",
      username: ALICE.user,
      password: ALICE.secret,
      scope,
    });
    expect(status).toBe(400);
    expect(body.error).toBe("invalid_scope");
  });

  test("is refused: a token for another service", async () => {
    await using hub = await openTokens();
    const { status, body } = await get(hub, "/token?service=registry.example.com", ALICE);
    expect(status).toBe(400);
    expect(body.error).toBe("invalid_target");
  });
});

describe("a wrong proof", () => {
  test.each([
    ["a wrong password", basic({ ...ALICE, secret: "guess" })],
    ["a user who does not exist", basic({ ...ALICE, user: "nobody" })],
    ["an access token in place of a password", "Bearer abc.def.ghi"],
    ["a header that is none", "Basic !!!"],
    ["an identity token that is none", basic({ user: "<token>", secret: "guess" })],
  ])("is refused with a challenge and one sentence: %s", async (_what, authorization) => {
    await using hub = await openTokens();
    const answer = await hub.application.inject({
      url: "/token?service=berth",
      headers: { authorization },
    });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers["www-authenticate"]).toBe('Basic realm="berth"');
    const message = "wrong user name or password";
    expect(answer.json()).toEqual({
      errors: [{ code: "UNAUTHORIZED", message, detail: null }],
      error: "invalid_grant",
      error_description: message,
    });
  });

  test("that comes again and again is told how long to wait", async () => {
    await using hub = await openTokens();
    const wrong = { ...ALICE, secret: "guess" };
    for (let attempt = 0; attempt < 5; attempt += 1) await get(hub, "/token", wrong);
    const { status, headers, body } = await get(hub, "/token", ALICE);
    expect(status).toBe(429);
    expect(headers["retry-after"]).toBe("77");
    expect(body.errors[0]).toMatchObject({ code: "TOOMANYREQUESTS" });
  });

  test("is never repeated in the answer", async () => {
    await using hub = await openTokens();
    const { text } = await get(hub, "/token", { user: "canary-user", secret: "canary-secret" });
    expect(text).not.toContain("canary");
  });
});

describe("a refresh token", () => {
  test("survives a restart, and its tokens do too", async () => {
    await using hub = await openTokens();
    const refreshToken = await logIn(hub);
    const before = await refresh(hub, refreshToken);
    const restarted = await hub.restart();
    const { authenticator } = restarted.tokens;
    expect(await authenticator.authenticate(show(`Bearer ${before.body.token}`))).toMatchObject({
      name: "alice",
    });
    const after = await refresh({ ...hub, ...restarted }, refreshToken);
    expect(after.status).toBe(200);
  });

  test("goes on record as the login that it is, once", async () => {
    await using hub = await openTokens();
    await refresh(hub, await logIn(hub));
    expect(hub.deeds).toMatchObject([
      { action: "account.login", account: "alice", name: "password" },
    ]);
  });

  test("is stored as a hash only, and has 256 bits", async () => {
    await using hub = await openTokens();
    const refreshToken = await logIn(hub);
    expect(Buffer.from(refreshToken.replace("berth_rt_", ""), "base64url")).toHaveLength(32);
    const rows = await hub.database.reader.selectFrom("refresh_tokens").selectAll().execute();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(refreshToken.slice(-43));
  });

  test("works as the password of the user <token>", async () => {
    await using hub = await openTokens();
    const secret = await logIn(hub);
    const { status, body } = await get(hub, LOGIN, { user: "<token>", secret });
    expect(status).toBe(200);
    expect(body.refresh_token).toBe(secret);
  });

  test("is not given to nobody, nor to those who did not ask", async () => {
    await using hub = await openTokens();
    expect((await get(hub, LOGIN)).body.refresh_token).toBeUndefined();
    expect((await get(hub, "/token", ALICE)).body.refresh_token).toBeUndefined();
  });

  test("ends when the account is disabled", async () => {
    await using hub = await openTokens();
    const refreshToken = await logIn(hub);
    hub.people.disable("alice");
    expect((await refresh(hub, refreshToken)).status).toBe(401);
  });

  test("ends after 90 days without use, and no sooner", async () => {
    await using hub = await openTokens();
    const refreshToken = await logIn(hub);
    const day = 24 * 60 * 60;
    hub.pass(89 * day);
    expect((await refresh(hub, refreshToken)).status).toBe(200);
    hub.pass(89 * day);
    expect((await refresh(hub, refreshToken)).status).toBe(200);
    hub.pass(91 * day);
    expect((await refresh(hub, refreshToken)).status).toBe(401);
    await hub.tokens.maintain();
    const rows = await hub.database.reader.selectFrom("refresh_tokens").selectAll().execute();
    expect(rows).toEqual([]);
  });

  test("that was not used for longest makes room when an account has a hundred", async () => {
    await using hub = await openTokens();
    const first = await logIn(hub);
    for (let login = 0; login < 100; login += 1) {
      hub.pass(1);
      await logIn(hub);
    }
    expect((await refresh(hub, first)).status).toBe(401);
    const rows = await hub.database.reader.selectFrom("refresh_tokens").select("id").execute();
    expect(rows).toHaveLength(100);
  });
});

test("the keys are published for those who check tokens themselves", async () => {
  await using hub = await openTokens();
  const answer = await hub.application.inject({ url: "/.well-known/jwks.json" });
  const { keys } = answer.json<{ keys: Record<string, string>[] }>();
  const { body } = await get(hub, "/token", ALICE);
  expect(keys.map(({ kid }) => kid)).toEqual([decodeProtectedHeader(body.token).kid]);
  expect(answer.body).not.toContain('"d"');
});

type Answering = Pick<OpenTokens, "application">;

interface Body {
  readonly token: string;
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly scope: string;
  readonly error: string;
  readonly errors: readonly { readonly message: string }[];
}

async function get(hub: Answering, url: string, login?: { user: string; secret: string }) {
  const headers = login === undefined ? {} : { authorization: basic(login) };
  const answer = await hub.application.inject({ url, headers });
  const { statusCode: status, body: text } = answer;
  return { status, headers: answer.headers, text, body: answer.json<Body>() };
}

async function post(hub: Answering, form: Record<string, string>) {
  const payload = new URLSearchParams(form).toString();
  const answer = await hub.application.inject({
    method: "POST",
    url: "/token",
    headers: FORM,
    payload,
  });
  return { status: answer.statusCode, headers: answer.headers, body: answer.json<Body>() };
}

async function logIn(hub: Answering): Promise<string> {
  const { body } = await get(hub, LOGIN, ALICE);
  return body.refresh_token ?? "";
}

function refresh(hub: Answering, refreshToken: string) {
  return post(hub, {
    grant_type: "refresh_token",
    client_id: "docker",
    service: "berth",
    refresh_token: refreshToken,
    scope: "repository:alice/app:pull",
  });
}
