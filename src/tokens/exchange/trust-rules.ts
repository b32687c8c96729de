import { createHash } from "node:crypto";
import { matchesText, type Permit, type Principal } from "../../access/index.ts";

/** Somebody whose word about CI jobs and other workloads is taken. */
export interface TrustedIssuer {
  readonly issuer: string;
  /** What a token has to be made for; undefined: the address of the hub. */
  readonly audience?: string | undefined;
  /** Where the issuer's keys lie; undefined: they are asked for over HTTP. */
  readonly keysFile?: string | undefined;
  readonly rules: readonly TrustRule[];
}

/** What a workload gets whose claims match. */
export interface Terms {
  readonly claims: Readonly<Record<string, string>>;
  readonly repositories: readonly string[];
  readonly actions: readonly ("pull" | "push" | "delete")[];
  readonly lifetime: number;
}

/** A rule of the settings. */
export interface TrustRule extends Terms {
  readonly account: string;
}

/** A rule as it is asked, wherever it is kept. */
export interface RuleInForce extends Terms {
  readonly id: string;
  /** The organization in whose audit trail its logins are; undefined: that of the account. */
  readonly organization?: string;
  /** Of one that somebody added: what got a repository's name later is not what they meant. */
  readonly createdAt?: Date;
  /** Who the workload acts as; undefined while that account is not in force. */
  findActor(): Promise<Principal | undefined>;
}

const CLAIM_CHARACTERS = 1024;

/** The first rule that every claim fits. */
export function findRule<Rule extends Pick<Terms, "claims">>(
  rules: readonly Rule[],
  claims: Readonly<Record<string, unknown>>,
): Rule | undefined {
  return rules.find((rule) =>
    Object.entries(rule.claims).every(
      ([name, pattern]) =>
        Object.hasOwn(claims, name) &&
        textsOf(claims[name]).some((text) => matchesText(pattern, text)),
    ),
  );
}

/** Names the rule by what it says: what was let in by another wording has to come again. */
export function ruleIdOf({ issuer, audience }: TrustedIssuer, rule: TrustRule): string {
  const text = JSON.stringify([issuer, audience, rule]);
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}

export function permitsOf({
  repositories,
  actions,
}: Pick<Terms, "repositories" | "actions">): readonly Permit[] {
  return repositories.map((name) => ({ repositories: name, actions }));
}

/** A claim with several values matches by any of them. */
function textsOf(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values
    .filter((each) => ["string", "number", "boolean"].includes(typeof each))
    .map(String)
    .filter((text) => text.length <= CLAIM_CHARACTERS);
}
