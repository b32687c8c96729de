import type { JWTPayload } from "jose";
import type { Logger } from "pino";
import type { Attempt, Credential, Deed, Journal, Origin, Principal } from "../../access/index.ts";
import { excerpt } from "../../lib/excerpt.ts";
import type { Database } from "../../platform/db/index.ts";
import type { Holder, Identities } from "../identities.ts";
import type { TokenTables } from "../tables.ts";
import { TokenError } from "../token-error.ts";
import type { KnownIssuers } from "./known-issuers.ts";
import type { Personas, StoredRules } from "./stored-rules.ts";
import { readIssuer, refused, verifySubject } from "./subject-tokens.ts";
import {
  findRule,
  permitsOf,
  type RuleInForce,
  ruleIdOf,
  type TrustedIssuer,
} from "./trust-rules.ts";
import type { Workload, WorkloadTokens } from "./workload-tokens.ts";

interface TokenExchangeDeps {
  readonly issuers: readonly TrustedIssuer[];
  readonly knownIssuers: Pick<KnownIssuers, "keysOf">;
  readonly storedRules: Pick<StoredRules, "listFor" | "find">;
  readonly workloadTokens: WorkloadTokens;
  readonly personas: Personas;
  readonly journal: Journal;
  /** Writes down what was not done, some time later. */
  readonly noteRefusal: (deed: Attempt) => void;
  readonly database: Pick<Database<TokenTables>, "write">;
  /** The audience of issuers that have none of their own. */
  readonly url: string | undefined;
  readonly clock: () => Date;
  readonly log: Logger;
}

interface Wish {
  readonly subjectToken: string;
  /** Whose rules are asked beside those of the hub. */
  readonly organization: string | undefined;
  readonly origin: Origin;
}

export interface Exchanged {
  readonly token: string;
  readonly expiresInSeconds: number;
  readonly scope: string;
}

/** Rules of one issuer that are asked together. */
interface Trust {
  readonly audience: string | undefined;
  readonly rules: readonly RuleInForce[];
}

interface Match {
  readonly claims: JWTPayload;
  readonly rule: RuleInForce | undefined;
}

const SEPARATOR = "|";

/**
 * Lets CI jobs and other workloads in by the word of an issuer that the operator or an organization trusts (RFC 8693): a
 * signed statement about a job becomes a password for some repositories and some minutes.
 */
export class TokenExchange implements Pick<Identities, "verify" | "resume"> {
  readonly #deps: TokenExchangeDeps;
  readonly #ofSettings: ReadonlyMap<string, Trust>;
  readonly #rules: ReadonlyMap<string, RuleInForce>;

  constructor(deps: TokenExchangeDeps) {
    this.#deps = deps;
    this.#ofSettings = new Map(
      deps.issuers.map((trusted) => [trusted.issuer, toTrust(trusted, deps)]),
    );
    const rules = [...this.#ofSettings.values()].flatMap((trust) => trust.rules);
    this.#rules = new Map(rules.map((rule) => [rule.id, rule]));
  }

  /** Throws TokenError with what is wrong with the issuer's token: whoever sends it can read it anyway. */
  async exchange(wish: Wish): Promise<Exchanged> {
    const { clock, workloadTokens, log } = this.#deps;
    const { origin } = wish;
    const issuer = readIssuer(wish.subjectToken);
    if (issuer === undefined) throw refused("the subject token is no JWT of an issuer");
    const { claims, rule } = await this.#findMatch(issuer, wish);
    const actor = await rule?.findActor();
    const subject = excerpt(claims.sub ?? "");
    if (rule === undefined || actor?.accountId === undefined) {
      log.warn({ issuer, subject, rule: rule?.id }, "workload refused");
      this.#noteRefusal(subject, { issuer, origin });
      throw refused(
        rule === undefined
          ? `no rule lets ${subject} of ${issuer} in${hintFor(wish)}`
          : `the account of the rule for ${subject} is not in force`,
      );
    }
    const workload = {
      ruleId: rule.id,
      accountId: actor.accountId,
      subject,
      expiresAt: new Date(clock().getTime() + rule.lifetime),
    };
    const token = await workloadTokens.issue(workload);
    const by = { ...actor, credential: credentialOf(workload, rule) };
    const account = rule.organization ?? actor.name;
    await this.#record({ by, origin, account, name: subject, after: { issuer } });
    log.info({ issuer, subject, account: actor.name }, "workload logged in");
    return {
      token,
      expiresInSeconds: Math.floor(rule.lifetime / 1000),
      scope: rule.repositories
        .map((name) => `repository:${name}:${rule.actions.join(",")}`)
        .join(" "),
    };
  }

  handles(secret: string): boolean {
    return this.#deps.workloadTokens.handles(secret);
  }

  /** By a password that `exchange` gave out; the user name is no matter. */
  async verify({ secret }: { readonly secret: string }): Promise<Principal | undefined> {
    const workload = await this.#deps.workloadTokens.verify(secret);
    return workload && (await this.#toPrincipal(workload));
  }

  async resume({ accountId, credential }: Holder): Promise<Principal | undefined> {
    const workload = parseCredentialId(accountId, credential.id);
    if (workload === undefined || workload.expiresAt <= this.#deps.clock()) return undefined;
    return await this.#toPrincipal(workload);
  }

  async #toPrincipal(workload: Workload): Promise<Principal | undefined> {
    const { storedRules } = this.#deps;
    const rule = this.#rules.get(workload.ruleId) ?? (await storedRules.find(workload.ruleId));
    const actor = await rule?.findActor();
    // A name may have passed to somebody else since: then the rule speaks of another account.
    if (rule === undefined || actor?.accountId !== workload.accountId) return undefined;
    return { ...actor, credential: credentialOf(workload, rule) };
  }

  /**
   * The first rule that fits: of the settings, then of the hub, then of the organization. Only what a rule itself says is
   * given, so none makes another's jobs reach further.
   */
  async #findMatch(issuer: string, { subjectToken, organization }: Wish): Promise<Match> {
    const ofSettings = this.#ofSettings.get(issuer);
    const { storedRules, url: audience } = this.#deps;
    // Without an address of the hub's own nobody can make tokens for it.
    const rules = audience === undefined ? [] : await storedRules.listFor(issuer, organization);
    const trusts = [ofSettings, { audience, rules }].filter(
      (trust): trust is Trust => trust !== undefined && trust.rules.length > 0,
    );
    if (trusts.length === 0) {
      const hint = hintFor({ organization });
      throw refused(`the issuer ${excerpt(issuer)} is not trusted here${hint}`);
    }
    let match: Match | undefined;
    let failure: unknown;
    for (const trust of trusts) {
      try {
        const claims = await this.#verify(subjectToken, issuer, trust);
        match = { claims, rule: findRule(trust.rules, claims) };
        if (match.rule !== undefined) return match;
      } catch (error) {
        // Made for another audience than these rules want, it may still be what the next ones do.
        if (!(error instanceof TokenError)) throw error;
        failure ??= error;
      }
    }
    if (match === undefined) throw failure;
    return match;
  }

  async #verify(token: string, issuer: string, trust: Trust): Promise<JWTPayload> {
    const { url, knownIssuers, clock, log } = this.#deps;
    const audience = trust.audience ?? url;
    if (audience === undefined) throw new Error("an issuer without an audience was configured");
    const keys = knownIssuers.keysOf(issuer);
    try {
      return await verifySubject(token, { issuer, audience, keys, now: clock() });
    } catch (error) {
      const isDown = error instanceof TokenError && error.error === "temporarily_unavailable";
      if (isDown) log.warn({ err: error, issuer }, "issuer not reached");
      throw error;
    }
  }

  #noteRefusal(subject: string, { issuer, origin }: { issuer: string; origin: Origin }): void {
    const by = { kind: "anonymous", name: subject } as const;
    const deed = { action: "workload.login", by, origin, account: issuer, name: subject };
    this.#deps.noteRefusal(deed);
  }

  async #record(deed: Omit<Deed, "action">): Promise<void> {
    const { database, journal } = this.#deps;
    await database.write((trx) => journal.record(trx, { ...deed, action: "workload.login" }));
  }
}

function toTrust(trusted: TrustedIssuer, { personas }: Pick<TokenExchangeDeps, "personas">): Trust {
  const rules = trusted.rules.map((rule) => ({
    ...rule,
    id: ruleIdOf(trusted, rule),
    findActor: () => personas.findByName(rule.account),
  }));
  return { audience: trusted.audience, rules };
}

/** The id says all that a later request needs: which rule, for whom, and until when. */
function credentialOf(
  { ruleId, subject, expiresAt }: Workload,
  rule: Pick<RuleInForce, "repositories" | "actions">,
): Credential {
  const id = [ruleId, expiresAt.getTime(), subject].join(SEPARATOR);
  return { kind: "workload", id, label: subject, permits: permitsOf(rule), expiresAt };
}

function parseCredentialId(accountId: number, id: string): Workload | undefined {
  const [ruleId, expiry, ...rest] = id.split(SEPARATOR);
  const expiresAt = new Date(Number(expiry));
  if (ruleId === undefined || Number.isNaN(expiresAt.getTime())) return undefined;
  return { ruleId, accountId, subject: rest.join(SEPARATOR), expiresAt };
}

/** What was not asked, for whoever wonders why their organization's rule does not hold. */
function hintFor({ organization }: Pick<Wish, "organization">): string {
  if (organization !== undefined) return "";
  return "; rules of an organization hold for jobs that name it (berth login --oidc --organization NAME)";
}
