import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { startIssuer } from "../../../test/harness/issuer.ts";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { basic, openTokens, show } from "../tokens.fixture.ts";
import { findRule, type TrustRule } from "./trust-rules.ts";

const AUDIENCE = "https://hub.example.com";
const RULE: TrustRule = {
  claims: { repository: "acme/api", ref: "refs/heads/*" },
  account: "alice",
  repositories: ["alice/api", "alice/api-*"],
  actions: ["pull", "push"],
  lifetime: 15 * 60_000,
};
const JOB = {
  sub: "repo:acme/api:ref:refs/heads/main",
  repository: "acme/api",
  ref: "refs/heads/main",
};

describe("a job", () => {
  test("gets a password for its repositories and minutes, and with it tokens for less", async () => {
    await using ci = await openCi();
    const { status, body } = await ci.exchange();
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^berth_ci_/),
      issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
      token_type: "Bearer",
      expires_in: 900,
      scope: "repository:alice/api:pull,push repository:alice/api-*:pull,push",
    });
    const wish =
      "repository:alice/api:* repository:alice/other:pull,push repository:alice/api-web:push";
    const answer = await ci.tokenFor(body.access_token, wish);
    expect(answer.scope).toBe("repository:alice/api:pull,push repository:alice/api-web:push");
    expect(answer.refresh_token).toBeUndefined();
    expect(await ci.who(`Bearer ${answer.token}`)).toMatchObject({
      name: "alice",
      credential: { kind: "workload", label: JOB.sub },
      granted: [{ repositories: "alice/api" }, { repositories: "alice/api-web" }],
    });
  });

  test("may show its password directly, as Basic under any name and as Bearer", async () => {
    await using ci = await openCi();
    const { body } = await ci.exchange();
    const secret = body.access_token;
    const expected = {
      name: "alice",
      credential: { kind: "workload", permits: [{ repositories: "alice/api" }, {}] },
    };
    expect(await ci.who(basic({ user: "ci", secret }))).toMatchObject(expected);
    expect(await ci.who(`Bearer ${secret}`)).toMatchObject(expected);
  });

  test("is shut out when its minutes are over, with all its tokens", async () => {
    await using ci = await openCi();
    const { body } = await ci.exchange();
    const { token } = await ci.tokenFor(body.access_token, "repository:alice/api:pull");
    expect(await ci.who(`Bearer ${token}`)).toBeDefined();
    ci.hub.pass(15 * 60 + 30);
    expect(await ci.who(`Bearer ${token}`)).toBeUndefined();
    expect(await ci.who(`Bearer ${body.access_token}`)).toBeUndefined();
  });

  test("is shut out when the account behind the rule is disabled", async () => {
    await using ci = await openCi();
    const { body } = await ci.exchange();
    ci.hub.people.disable("alice");
    expect(await ci.who(`Bearer ${body.access_token}`)).toBeUndefined();
    expect((await ci.exchange()).status).toBe(401);
  });

  test("goes on record with who vouched for it, also when it is refused", async () => {
    await using ci = await openCi();
    await ci.exchange(await ci.sign({ ref: "refs/tags/1" }));
    expect(ci.hub.refusals).toMatchObject([
      { action: "workload.login", account: ci.issuer.url, name: JOB.sub },
    ]);
    await ci.exchange();
    expect(ci.hub.deeds).toMatchObject([
      {
        action: "workload.login",
        account: "alice",
        name: JOB.sub,
        after: { issuer: ci.issuer.url },
      },
    ]);
  });

  test("is known by keys in a file where the issuer cannot be asked", async () => {
    await using folder = await makeTempDirectory("keys");
    await using issuer = await startIssuer();
    const keysFile = join(folder.path, "keys.json");
    await writeFile(keysFile, JSON.stringify(await issuer.published()));
    await using ci = await openCi({ issuer, keysFile });
    expect((await ci.exchange()).status).toBe(200);
    expect(issuer.asked).toBe(0);
  });
});

describe("a token of the issuer is refused", () => {
  test.each([
    ["for another audience", { aud: "https://other.example.com" }, "aud"],
    ["that has ended", { exp: -120 }, "exp"],
    ["that begins later", { nbf: 120 }, "nbf"],
    ["without an end", { exp: undefined }, "exp"],
    ["without a subject", { sub: undefined }, "sub"],
    ["of another repository", { repository: "mallory/api" }, "no rule lets"],
    ["of another kind of ref", { ref: "refs/pull/1/merge" }, "no rule lets"],
    ["that lacks a claim", { ref: undefined }, "no rule lets"],
    [
      "of an issuer that nobody trusts",
      { iss: "https://issuer.example.com" },
      "is not trusted here",
    ],
  ])("%s", async (_what, change, message) => {
    await using ci = await openCi();
    const { status, body } = await ci.exchange(await ci.sign(change));
    expect(status).toBe(401);
    expect(body).toMatchObject({ error: "invalid_grant" });
    expect(body.error_description).toContain(message);
  });

  test("that another key signed", async () => {
    await using ci = await openCi();
    await using stranger = await startIssuer();
    const claims = decodeJwt(await ci.sign({}));
    expect((await ci.exchange(await stranger.sign(claims))).status).toBe(401);
    const jwk = (await stranger.published()).keys[0];
    expect((await ci.exchange(await stranger.sign(claims, { jwk }))).status).toBe(401);
  });

  test("that nobody signed", async () => {
    await using ci = await openCi();
    const [, claims] = (await ci.sign({})).split(".");
    const header = Buffer.from('{"alg":"none"}').toString("base64url");
    expect((await ci.exchange(`${header}.${claims}.`)).status).toBe(401);
    expect((await ci.exchange("nonsense")).status).toBe(401);
  });

  test("a second time through another door: as a password or a token of ours", async () => {
    await using ci = await openCi();
    const subject = await ci.sign({});
    expect(await ci.who(`Bearer ${subject}`)).toBeUndefined();
    expect(await ci.who(basic({ user: "alice", secret: subject }))).toBeUndefined();
    const { body } = await ci.exchange();
    const bare = body.access_token.replace("berth_ci_", "");
    expect(await ci.who(`Bearer ${bare}`)).toBeUndefined();
    const { token } = await ci.tokenFor(body.access_token, "");
    expect(await ci.who(`Bearer berth_ci_${token}`)).toBeUndefined();
    expect((await ci.exchange(body.access_token)).status).toBe(401);
  });
});

describe("the issuer", () => {
  test("may change its keys, and is not asked for each unknown one", async () => {
    await using ci = await openCi();
    expect((await ci.exchange()).status).toBe(200);
    await ci.issuer.changeKey();
    const before = ci.issuer.asked;
    expect((await ci.exchange()).status).toBe(401);
    expect(ci.issuer.asked).toBe(before);
    ci.hub.pass(31);
    expect((await ci.exchange()).status).toBe(200);
  });

  test("that cannot be reached is said to be so, and nobody gets in", async () => {
    await using ci = await openCi();
    ci.issuer.goDown();
    const { status, body } = await ci.exchange();
    expect(status).toBe(503);
    expect(body.error).toBe("temporarily_unavailable");
  });
});

test("an issuer that is gone for a while is believed by the keys of before, for an hour", async () => {
  await using ci = await openCi();
  expect((await ci.exchange()).status).toBe(200);
  ci.issuer.goDown();
  ci.hub.pass(20 * 60);
  expect((await ci.exchange()).status).toBe(200);
  const asked = ci.issuer.asked;
  ci.hub.pass(50 * 60);
  expect((await ci.exchange()).status).toBe(503);
  expect(ci.issuer.asked).toBeGreaterThan(asked);
});

test("while an issuer is gone, a key that nobody knows lets nobody in", async () => {
  await using ci = await openCi();
  expect((await ci.exchange()).status).toBe(200);
  await ci.issuer.changeKey();
  ci.issuer.goDown();
  ci.hub.pass(20 * 60);
  expect((await ci.exchange()).status).toBe(503);
});

describe("the endpoint", () => {
  test.each([
    [{ grant_type: "password" }, "unsupported_grant_type"],
    [{ subject_token: "" }, "invalid_request"],
    [{ subject_token_type: "urn:ietf:params:oauth:token-type:saml2" }, "invalid_request"],
  ])("takes no form with %j", async (change, error) => {
    await using ci = await openCi();
    const { status, body } = await ci.exchange("a.b.c", change);
    expect(status).toBe(400);
    expect(body.error).toBe(error);
  });
});

describe("a rule", () => {
  test.each([
    [{ repository: "acme/api", ref: "refs/heads/main" }, true],
    [{ repository: "acme/api", ref: "refs/tags/1" }, false],
    [{ repository: ["acme/web", "acme/api"], ref: "refs/heads/a/b" }, true],
    [{ repository: { name: "acme/api" }, ref: "refs/heads/main" }, false],
    [{ repository: "acme/api" }, false],
    [{}, false],
  ])("for claims %j: %s", (claims, fits) => {
    expect(findRule([RULE], claims) !== undefined).toBe(fits);
  });

  test("takes no claim that every object has", () => {
    const rule = { ...RULE, claims: { constructor: "*" } };
    expect(findRule([rule], {})).toBeUndefined();
  });
});

async function openCi(
  given: { issuer?: Awaited<ReturnType<typeof startIssuer>>; keysFile?: string } = {},
) {
  await using resources = new AsyncDisposableStack();
  const issuer = given.issuer ?? resources.use(await startIssuer());
  const { keysFile } = given;
  const issuers = [{ issuer: issuer.url, keysFile, rules: [RULE] }];
  const hub = resources.use(await openTokens({ url: AUDIENCE, issuers }));
  const owned = resources.move();
  const sign = (change: Record<string, unknown>) => {
    const now = hub.now().getTime() / 1000;
    const {
      exp = 300,
      nbf = 0,
      ...rest
    } = { exp: 300, nbf: 0, ...change } as Record<string, unknown>;
    const hasEnd = !("exp" in change) || change.exp !== undefined;
    const times = { iat: now, nbf: now + Number(nbf), ...(hasEnd && { exp: now + Number(exp) }) };
    return issuer.sign({ iss: issuer.url, aud: AUDIENCE, ...JOB, ...times, ...rest });
  };
  return {
    hub,
    issuer,
    sign,
    async exchange(token?: string, change: Record<string, string> = {}) {
      const form = new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
        subject_token: token ?? (await sign({})),
        subject_token_type: "urn:ietf:params:oauth:token-type:id_token",
        ...change,
      });
      const answer = await hub.application.inject({
        method: "POST",
        url: "/oauth/token",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        payload: form.toString(),
      });
      return { status: answer.statusCode, body: answer.json<Answer>() };
    },
    async tokenFor(secret: string, scope: string) {
      const query = new URLSearchParams({ scope, offline_token: "true" });
      const headers = { authorization: basic({ user: "ci", secret }) };
      const answer = await hub.application.inject({ url: `/token?${query}`, headers });
      return answer.json<{ token: string; scope: string; refresh_token?: string }>();
    },
    who: async (authorization: string) =>
      await hub.tokens.authenticator.authenticate(show(authorization)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface Answer {
  readonly access_token: string;
  readonly error: string;
  readonly error_description: string;
}
