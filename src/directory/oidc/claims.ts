import type { Group, Person } from "../person.ts";

export interface ClaimNames {
  readonly issuer: string;
  readonly nameClaim: string;
  readonly emailClaim: string;
  readonly groupsClaim: string;
}

type Claims = Readonly<Record<string, unknown>>;

/** `email_verified` speaks of this claim and of no other (OpenID Connect Core 1.0, section 5.1). */
const VERIFIED = "email";

/** What a provider says of somebody, in the identity token and at its userinfo endpoint. Both were checked before. */
export interface Said {
  readonly identityToken: Claims;
  readonly userInfo: Claims;
}

export function toPerson(subject: string, said: Said, names: ClaimNames): Person {
  const claims = { ...said.identityToken, ...said.userInfo };
  // One document says both: an address of one and a proof of the other belong to nobody.
  const addressed = [said.userInfo, said.identityToken].find((one) =>
    textOf(one[names.emailClaim]),
  );
  const email = textOf(addressed?.[names.emailClaim]);
  return {
    issuer: names.issuer,
    subject,
    name: textOf(claims[names.nameClaim]) ?? email ?? subject,
    email,
    isEmailVerified: names.emailClaim === VERIFIED && isTrue(addressed?.email_verified),
    groups: groupsOf(claims, names.groupsClaim),
  };
}

/**
 * Who is in no group has no claim at many providers, so a claim that is not there stands for none: otherwise the last group
 * could not be left. Only one that says its groups are elsewhere, because they are too many, has said nothing.
 */
function groupsOf(claims: Claims, name: string): readonly Group[] | undefined {
  const elsewhere = claims._claim_names;
  if (typeof elsewhere === "object" && elsewhere !== null && name in elsewhere) return undefined;
  const value = claims[name];
  const texts = (Array.isArray(value) ? value : [value]).filter((one) => typeof one === "string");
  // Keycloak names groups by their path.
  return texts.map((text) => (text.startsWith("/") ? [text, text.slice(1)] : [text]));
}

function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
