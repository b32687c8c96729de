import { expect, test } from "vitest";
import { toPerson } from "./claims.ts";

const NAMES = {
  issuer: "https://idp.example",
  nameClaim: "preferred_username",
  emailClaim: "email",
  groupsClaim: "groups",
};
const PROVED = { email: "a@example.com", email_verified: true };

test("an address is proved by the document that says it", () => {
  const judge = (identityToken: object, userInfo: object) => {
    const said = { identityToken, userInfo } as Parameters<typeof toPerson>[1];
    const { email, isEmailVerified } = toPerson("1", said, NAMES);
    return [email, isEmailVerified];
  };
  expect(judge(PROVED, {})).toEqual(["a@example.com", true]);
  expect(judge({}, PROVED)).toEqual(["a@example.com", true]);
  expect(judge({}, { ...PROVED, email_verified: "true" })).toEqual(["a@example.com", true]);
  expect(judge(PROVED, { email: "b@example.com" })).toEqual(["b@example.com", false]);
  expect(judge({ email: "b@example.com" }, { email_verified: true })).toEqual([
    "b@example.com",
    false,
  ]);
});

test("an address of another claim is proved by nothing", () => {
  const said = { identityToken: { ...PROVED, upn: "victim@example.com" }, userInfo: {} };
  expect(toPerson("1", said, { ...NAMES, emailClaim: "upn" })).toMatchObject({
    email: "victim@example.com",
    isEmailVerified: false,
  });
});
