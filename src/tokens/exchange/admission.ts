import type { Logger } from "pino";
import { excerpt } from "../../lib/excerpt.ts";
import { TokenError } from "../token-error.ts";
import type { KnownIssuers } from "./known-issuers.ts";
import type { Personas, StoredRules } from "./stored-rules.ts";
import { refused, subjectOf, verifySubject } from "./subject-tokens.ts";
import { findRule, type RuleInForce, ruleIdOf, type TrustedIssuer } from "./trust-rules.ts";

interface AdmissionDeps {
  readonly issuers: readonly TrustedIssuer[];
  readonly knownIssuers: Pick<KnownIssuers, "keysOf">;
  readonly storedRules: Pick<StoredRules, "listFor" | "find">;
  readonly personas: Personas;
  /** The audience of issuers that have none of their own. */
  readonly url: string | undefined;
  readonly clock: () => Date;
  readonly log: Logger;
}

/** A token as it came, and who it says that speaks in it. */
export interface Statement {
  readonly token: string;
  readonly issuer: string;
  /** Whose rules are asked beside those of the hub. */
  readonly organization: string | undefined;
}

export interface Refusal {
  readonly fault: TokenError;
  /** What the issuer calls the workload; undefined while nobody has signed that. */
  readonly subject: string | undefined;
  /** The organization whose rules refused it; undefined: the hub's did. */
  readonly organization: string | undefined;
}

interface Admitted {
  readonly rule: RuleInForce;
  readonly subject: string;
}

/** By which rule somebody is let in, or what the rules that trust the issuer have against it. */
export type Judgement =
  | Admitted
  | { readonly rule: undefined; readonly refusals: readonly Refusal[] };

/** Rules of one issuer that are asked together. */
interface Trust {
  readonly audience: string;
  readonly rules: readonly RuleInForce[];
}

/** Decides by which rule a workload gets in. */
export class Admission {
  readonly #deps: AdmissionDeps;
  readonly #ofSettings: ReadonlyMap<string, Trust>;

  constructor(deps: AdmissionDeps) {
    this.#deps = deps;
    this.#ofSettings = new Map(
      deps.issuers.map((trusted) => [trusted.issuer, toTrust(trusted, deps)]),
    );
  }

  /** Undefined for one that was changed or removed since. */
  async findById(id: string): Promise<RuleInForce | undefined> {
    const ofSettings = [...this.#ofSettings.values()].flatMap(({ rules }) => rules);
    return ofSettings.find((rule) => rule.id === id) ?? (await this.#deps.storedRules.find(id));
  }

  /**
   * The first rule that fits: of the settings, then of the hub, then of the organization. Only what a rule itself says is
   * given, so none makes another's jobs reach further. Throws TokenError if the issuer's keys cannot be had now.
   */
  async judge(statement: Statement): Promise<Judgement> {
    const refusals: Refusal[] = [];
    for (const trust of await this.#findTrusts(statement)) {
      const judged = await this.#ask(trust, statement);
      if ("rule" in judged) return judged;
      refusals.push(judged);
    }
    return { rule: undefined, refusals };
  }

  async #findTrusts({ issuer, organization }: Statement): Promise<readonly Trust[]> {
    const { storedRules, url: audience } = this.#deps;
    const ofSettings = this.#ofSettings.get(issuer);
    // Without an address of the hub's own nobody can make tokens for it.
    const rules = audience === undefined ? [] : await storedRules.listFor(issuer, organization);
    const isOwn = (rule: RuleInForce) => rule.organization !== undefined;
    const stored = [rules.filter((rule) => !isOwn(rule)), rules.filter(isOwn)];
    return [
      ...(ofSettings === undefined ? [] : [ofSettings]),
      ...stored.map((some) => ({ audience: audience ?? "", rules: some })),
    ].filter((trust) => trust.rules.length > 0);
  }

  async #ask({ audience, rules }: Trust, statement: Statement): Promise<Admitted | Refusal> {
    const { token, issuer } = statement;
    const { knownIssuers, clock, log } = this.#deps;
    const organization = rules[0]?.organization;
    const keys = knownIssuers.keysOf(issuer);
    try {
      const claims = await verifySubject(token, { issuer, audience, keys, now: clock() });
      const subject = excerpt(claims.sub ?? "");
      const rule = findRule(rules, claims);
      if (rule !== undefined) return { rule, subject };
      return { organization, subject, fault: refused(`no rule lets ${subject} of ${issuer} in`) };
    } catch (error) {
      // Made for another audience than these rules want, it may still be what the next ones do.
      if (error instanceof TokenError && error.error === "invalid_grant")
        return { organization, subject: subjectOf(error), fault: error };
      log.warn({ err: error, issuer }, "issuer not reached");
      throw error;
    }
  }
}

function toTrust(trusted: TrustedIssuer, { personas, url }: AdmissionDeps): Trust {
  const audience = trusted.audience ?? url;
  if (audience === undefined) throw new Error("an issuer without an audience was configured");
  const rules = trusted.rules.map((rule) => ({
    ...rule,
    id: ruleIdOf(trusted, rule),
    findActor: () => personas.findByName(rule.account),
  }));
  return { audience, rules };
}
