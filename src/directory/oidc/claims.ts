import type { Group, Person } from "../person.ts";

export interface ClaimNames {
  readonly issuer: string;
  readonly nameClaim: string;
  readonly emailClaim: string;
  readonly groupsClaim: string;
}

type Claims = Readonly<Record<string, unknown>>;

/** What a provider says of somebody. Its tokens were checked before. */
export function toPerson(subject: string, claims: Claims, names: ClaimNames): Person {
  const email = textOf(claims[names.emailClaim]);
  return {
    issuer: names.issuer,
    subject,
    name: textOf(claims[names.nameClaim]) ?? email ?? subject,
    email,
    isEmailVerified: claims.email_verified === true || claims.email_verified === "true",
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

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
