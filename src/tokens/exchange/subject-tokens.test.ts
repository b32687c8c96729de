import type { JWK } from "jose";
import { expect, test } from "vitest";
import { startIssuer } from "../../../test/harness/issuer.ts";
import { IssuerKeys, openPlainly } from "./issuer-keys.ts";
import { verifySubject } from "./subject-tokens.ts";

const AUDIENCE = "https://hub.example.com";

test.each<[string, JWK]>([
  ["has a modulus that is no base64url", { kty: "RSA", n: "!", e: "AQAB" }],
  ["has nothing but its kind", { kty: "RSA" }],
  [
    "is shorter than 2048 bits",
    { kty: "RSA", n: Buffer.alloc(64, 0xab).toString("base64url"), e: "AQAB" },
  ],
  ["is on another curve", { kty: "EC", crv: "P-256", x: "AA", y: "AA" }],
])("a token is refused whose issuer publishes a key that %s", async (_what, key) => {
  await using issuer = await startIssuer({ keys: [{ ...key, kid: "1" }] });
  const now = new Date();
  const seconds = Math.floor(now.getTime() / 1000);
  const claims = { iss: issuer.url, aud: AUDIENCE, sub: "job", iat: seconds, exp: seconds + 300 };
  const token = await issuer.sign(claims);
  const keys = new IssuerKeys({
    ...{ issuer: issuer.url, keysFile: undefined, open: openPlainly },
    clock: () => now,
  });
  const asked = verifySubject(token, { issuer: issuer.url, audience: AUDIENCE, keys, now });
  await expect(asked).rejects.toMatchObject({ name: "TokenError", error: "invalid_grant" });
});
