import { createHmac, createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { exportJWK, importJWK, type JWK, SignJWT } from "jose";
import { beforeEach, describe, expect, test } from "vitest";
import { printScope } from "../oci/scope.ts";
import { ALICE, basic, type OpenTokens, openTokens, show } from "./tokens.fixture.ts";

const REFUSAL = { baseUrl: "http://localhost:5000", scopes: [], fault: undefined } as const;

describe("a request", () => {
  test("without a proof is anonymous, and answered at once", async () => {
    await using hub = await openTokens();
    expect(hub.tokens.authenticator.authenticate(undefined)).toMatchObject({ kind: "anonymous" });
  });

  test("may show a password each time", async () => {
    await using hub = await openTokens();
    expect(await who(hub, basic(ALICE))).toMatchObject({ kind: "user", name: "alice" });
    expect(await who(hub, basic({ ...ALICE, secret: "guess" }))).toBeUndefined();
    expect(await who(hub, "Basic !!!")).toBeUndefined();
    expect(await who(hub, "Negotiate abc")).toBeUndefined();
  });

  test("may show an identity token as the user <token>", async () => {
    await using hub = await openTokens();
    const secret = await refreshTokenOf(hub);
    expect(await who(hub, basic({ user: "<token>", secret }))).toMatchObject({ name: "alice" });
  });

  test("with a token is what the token was granted, and nothing else", async () => {
    await using hub = await openTokens();
    const token = await tokenFor(hub, [
      "repository:alice/app:pull,push",
      "repository:bob/app:pull",
    ]);
    expect(await who(hub, `Bearer ${token}`)).toEqual({
      kind: "user",
      name: "alice",
      accountId: 0,
      credential: { kind: "password", id: "1", label: "password" },
      granted: [{ repositories: "alice/app", actions: ["pull", "push"] }],
      grantedAt: hub.now(),
      mayList: false,
    });
    const catalog = await tokenFor(hub, ["registry:catalog:*"]);
    expect(await who(hub, `bearer ${catalog}`)).toMatchObject({ granted: [], mayList: true });
    const search = await tokenFor(hub, ["registry:catalog:search"]);
    expect(await who(hub, `bearer ${search}`)).toMatchObject({ granted: [], mayList: true });
  });

  test("with a token that the hub made for a program is a pull of these repositories, and nothing else", async () => {
    await using hub = await openTokens();
    const by = await hub.tokens.authenticator.authenticate(show(basic(ALICE)));
    if (by === undefined) throw new Error("alice is known");
    const made = await hub.tokens.issuePull(by, ["alice/base"]);
    expect(made.lifetimeSeconds).toBeLessThanOrEqual(1800);
    expect(await who(hub, `Bearer ${made.text}`)).toMatchObject({
      ...{ kind: "user", name: "alice", mayList: false },
      granted: [{ repositories: "alice/base", actions: ["pull"] }],
    });
  });

  test("with a token that was seen before is answered at once", async () => {
    await using hub = await openTokens();
    const proof = show(`Bearer ${await tokenFor(hub, [])}`);
    const { authenticator } = hub.tokens;
    const first = await authenticator.authenticate(proof);
    expect(first).toMatchObject({ name: "alice" });
    expect(authenticator.authenticate(proof)).toBe(first);
  });

  test("with a token of nobody in particular is anonymous, and may what is public", async () => {
    await using hub = await openTokens();
    const { token } = await ask(hub, ["repository:public/base:pull"], undefined);
    expect(await who(hub, `Bearer ${token}`)).toMatchObject({
      kind: "anonymous",
      granted: [{ repositories: "public/base", actions: ["pull"] }],
    });
  });

  test("of a disabled account is refused half a minute later at the latest", async () => {
    await using hub = await openTokens();
    const token = await tokenFor(hub, []);
    expect(await who(hub, `Bearer ${token}`)).toMatchObject({ name: "alice" });
    hub.people.disable("alice");
    hub.pass(30);
    expect(await who(hub, `Bearer ${token}`)).toBeUndefined();
  });

  test("is refused when its token has ended, seen before or not", async () => {
    await using hub = await openTokens();
    const token = await tokenFor(hub, []);
    hub.pass(30 * 60 + 59);
    expect(await who(hub, `Bearer ${token}`)).toMatchObject({ name: "alice" });
    hub.pass(1);
    expect(await who(hub, `Bearer ${token}`)).toBeUndefined();
    const unseen = await tokenFor(hub, []);
    hub.pass(30 * 60 + 61);
    expect(await who(hub, `Bearer ${unseen}`)).toBeUndefined();
  });
});

describe("a challenge", () => {
  test("names where to go and what to ask for", async () => {
    await using hub = await openTokens();
    const scopes = [
      { type: "repository", name: "team/app", actions: ["pull", "push"] },
      { type: "repository", name: "base", actions: ["pull"] },
    ];
    expect(hub.tokens.authenticator.challengeFor({ ...REFUSAL, scopes })).toBe(
      `Bearer realm="http://localhost:5000/v2/token",service="berth",scope="${scopes.map(printScope).join(" ")}"`,
    );
    expect(hub.tokens.authenticator.challengeFor(REFUSAL)).toBe(
      'Bearer realm="http://localhost:5000/v2/token",service="berth"',
    );
  });

  test.each([
    ["invalid", "invalid_token"],
    ["insufficient", "insufficient_scope"],
  ] as const)("of an %s token says so", async (fault, error) => {
    await using hub = await openTokens();
    const challenge = hub.tokens.authenticator.challengeFor({ ...REFUSAL, fault });
    expect(challenge).toContain(`,error="${error}"`);
  });
});

describe("S20: a forged token is refused", () => {
  interface Forgery {
    readonly header: Record<string, unknown>;
    readonly claims: Record<string, unknown>;
    readonly publicJwk: JWK;
    readonly stranger: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
    readonly sign: (header: object, claims: object) => Promise<string>;
  }

  const FORGERIES: Readonly<Record<string, (forgery: Forgery) => string | Promise<string>>> = {
    "alg none": ({ header, claims }) => `${encode({ ...header, alg: "none" })}.${encode(claims)}.`,
    "alg None, with a signature": ({ header, claims }) =>
      `${encode({ ...header, alg: "None" })}.${encode(claims)}.AAAA`,
    "HS256 with the public key as the secret": ({ header, claims, publicJwk }) =>
      hmac({ ...header, alg: "HS256" }, claims, JSON.stringify(publicJwk)),
    "HS256 with the public key's coordinates as the secret": ({ header, claims, publicJwk }) =>
      hmac({ ...header, alg: "HS256" }, claims, Buffer.from(String(publicJwk.x), "base64url")),
    "a signature of zeros": ({ header, claims }) =>
      `${encode(header)}.${encode(claims)}.${Buffer.alloc(64).toString("base64url")}`,
    "no signature": ({ header, claims }) => `${encode(header)}.${encode(claims)}.`,
    "another key under our kid": ({ header, claims, stranger }) =>
      ecdsa(header, claims, stranger.privateKey),
    "another key in jwk": async ({ header, claims, stranger }) =>
      ecdsa({ ...header, jwk: await exportJWK(stranger.publicKey) }, claims, stranger.privateKey),
    "another key in jwk, without a kid": async ({ header, claims, stranger }) =>
      ecdsa(
        { alg: "ES256", typ: header.typ, jwk: await exportJWK(stranger.publicKey) },
        claims,
        stranger.privateKey,
      ),
    "another key in x5c": ({ header, claims, stranger }) =>
      ecdsa({ ...header, x5c: [spkiOf(stranger.publicKey)] }, claims, stranger.privateKey),
    "another key at jku": ({ header, claims, stranger }) =>
      ecdsa({ ...header, jku: "http://127.0.0.1:9/jwks.json" }, claims, stranger.privateKey),
    "another key at x5u": ({ header, claims, stranger }) =>
      ecdsa({ ...header, x5u: "http://127.0.0.1:9/cert.pem" }, claims, stranger.privateKey),
    "an unknown kid": ({ header, claims, sign }) =>
      sign({ ...header, kid: "a".repeat(43) }, claims),
    "a kid that is a path": ({ header, claims, sign }) =>
      sign({ ...header, kid: "../../dev/null" }, claims),
    "a kid that is SQL": ({ header, claims, sign }) =>
      sign({ ...header, kid: "' or '1'='1" }, claims),
    "no kid": ({ claims, sign }) => sign({ alg: "ES256", typ: "JWT" }, claims),
    "another typ": ({ header, claims, sign }) => sign({ ...header, typ: "secevent+jwt" }, claims),
    "an unknown critical header": ({ header, claims }) =>
      `${encode({ ...header, crit: ["x"], x: 1 })}.${encode(claims)}.AAAA`,
    "another audience": ({ header, claims, sign }) =>
      sign(header, { ...claims, aud: "registry.example.com" }),
    "another issuer": ({ header, claims, sign }) =>
      sign(header, { ...claims, iss: "registry.example.com" }),
    "an end in the past": ({ header, claims, sign }) =>
      sign(header, { ...claims, exp: Number(claims.iat) - 61 }),
    "a beginning in the future": ({ header, claims, sign }) =>
      sign(header, { ...claims, nbf: Number(claims.iat) + 120 }),
    "an issue in the future": ({ header, claims, sign }) =>
      sign(header, { ...claims, iat: Number(claims.iat) + 120, exp: Number(claims.exp) + 120 }),
    "an issue long ago": ({ header, claims, sign }) =>
      sign(header, { ...claims, iat: Number(claims.iat) - 4000 }),
    "no end": ({ header, claims, sign }) => sign(header, { ...claims, exp: undefined }),
    "an end in a thousand years": ({ header, claims, sign }) =>
      sign(header, { ...claims, exp: Number(claims.iat) + 1000 * 365 * 86_400 }),
    "an end beyond all numbers": ({ header, claims, sign }) =>
      sign(header, { ...claims, exp: 1e308 }),
    "an end that is text": ({ header, claims, sign }) => sign(header, { ...claims, exp: "never" }),
    "no beginning": ({ header, claims, sign }) => sign(header, { ...claims, nbf: undefined }),
    "no subject": ({ header, claims, sign }) => sign(header, { ...claims, sub: undefined }),
    "claims of another form": ({ header, claims, sign }) =>
      sign(header, { ...claims, access: "all" }),
    "nothing of a token": () => "x",
    "a token of a megabyte": () => `a.${"b".repeat(1024 * 1024)}.c`,
  };

  let hub: OpenTokens;
  let forgery: Forgery;
  beforeEach(async () => {
    hub = await openTokens();
    const { kid, private_jwk } = await hub.database.reader
      .selectFrom("signing_keys")
      .selectAll()
      .executeTakeFirstOrThrow();
    const jwk = JSON.parse(private_jwk) as JWK;
    const { d: _private, ...publicJwk } = jwk;
    const now = hub.now().getTime() / 1000;
    const times = { iat: now, nbf: now, exp: now + 1800 };
    const key = await importJWK(jwk, "ES256");
    forgery = {
      header: { alg: "ES256", typ: "JWT", kid },
      claims: { iss: "berth", aud: "berth", sub: "", jti: "1", access: [], ...times },
      publicJwk,
      stranger: generateKeyPairSync("ec", { namedCurve: "P-256" }),
      sign: (header, claims) =>
        new SignJWT({ ...claims }).setProtectedHeader({ alg: "ES256", ...header }).sign(key),
    };
    return () => hub[Symbol.asyncDispose]();
  });

  test("whose model is believed", async () => {
    const { header, claims, sign } = forgery;
    expect(await who(hub, `Bearer ${await sign(header, claims)}`)).toMatchObject({
      kind: "anonymous",
    });
  });

  /** A key of their own, or a place where it would lie. */
  const BRINGS_A_KEY = /another key|kid/;

  async function expectRefused(name: string): Promise<void> {
    const token = await FORGERIES[name]?.(forgery);
    expect(await who(hub, `Bearer ${token}`)).toBeUndefined();
  }

  const names = Object.keys(FORGERIES);
  test.each(names.filter((name) => !BRINGS_A_KEY.test(name)))("with %s", expectRefused);

  describe("S19: whatever key it brings along or names", () => {
    test.each(names.filter((name) => BRINGS_A_KEY.test(name)))("with %s", expectRefused);
  });

  test("S21: that is a refresh token or a password", async () => {
    expect(await who(hub, `Bearer ${await refreshTokenOf(hub)}`)).toBeUndefined();
    expect(await who(hub, `Bearer ${ALICE.secret}`)).toBeUndefined();
  });

  test("that another hub signed", async () => {
    await using other = await openTokens();
    expect(await who(hub, `Bearer ${await tokenFor(other, [])}`)).toBeUndefined();
  });
});

async function who(hub: OpenTokens, authorization: string) {
  return await hub.tokens.authenticator.authenticate(show(authorization));
}

async function ask(hub: OpenTokens, scopes: readonly string[], authorization = "") {
  const query = new URLSearchParams({ offline_token: "true" });
  for (const scope of scopes) query.append("scope", scope);
  const headers = authorization === "" ? {} : { authorization };
  const answer = await hub.application.inject({ url: `/token?${query}`, headers });
  return answer.json<{ token: string; refresh_token: string }>();
}

async function tokenFor(hub: OpenTokens, scopes: readonly string[]): Promise<string> {
  return (await ask(hub, scopes, basic(ALICE))).token;
}

async function refreshTokenOf(hub: OpenTokens): Promise<string> {
  return (await ask(hub, [], basic(ALICE))).refresh_token;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

function hmac(header: object, claims: object, secret: string | Buffer): string {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

function ecdsa(header: object, claims: object, key: KeyObject): string {
  const text = `${encode(header)}.${encode(claims)}`;
  const signature = createSign("sha256").update(text).sign({ key, dsaEncoding: "ieee-p1363" });
  return `${text}.${signature.toString("base64url")}`;
}

function spkiOf(key: KeyObject): string {
  return key.export({ type: "spki", format: "der" }).toString("base64");
}
