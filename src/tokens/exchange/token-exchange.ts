import { decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import type { Logger } from "pino";
import type { Attempt, Credential, Journal, Origin, Principal } from "../../access/index.ts";
import { excerpt } from "../../lib/excerpt.ts";
import type { Database } from "../../platform/db/index.ts";
import type { Holder, Identities } from "../identities.ts";
import type { TokenTables } from "../tables.ts";
import { TokenError } from "../token-error.ts";
import { IssuerKeys, IssuerUnavailableError } from "./issuer-keys.ts";
import {
  findRule,
  permitsOf,
  ruleIdOf,
  type TrustedIssuer,
  type TrustRule,
} from "./trust-rules.ts";
import type { Workload, WorkloadTokens } from "./workload-tokens.ts";

/** Accounts that others act for. */
export interface Personas {
  /** Without a credential; undefined unless the account is in force. */
  findByName(name: string): Promise<Principal | undefined>;
  findById(accountId: number): Promise<Principal | undefined>;
}

interface TokenExchangeDeps {
  readonly issuers: readonly TrustedIssuer[];
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

export interface Exchanged {
  readonly token: string;
  readonly expiresInSeconds: number;
  readonly scope: string;
}

interface Trust {
  readonly issuer: TrustedIssuer;
  readonly keys: IssuerKeys;
}

const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
];
const LEEWAY_SECONDS = 60;
const SEPARATOR = "|";

/**
 * Lets CI jobs and other workloads in by the word of an issuer that the operator trusts (RFC 8693): a signed statement about
 * a job becomes a password for some repositories and some minutes. Nothing is stored on either side.
 */
export class TokenExchange implements Pick<Identities, "verify" | "resume"> {
  readonly #deps: TokenExchangeDeps;
  readonly #trusted: ReadonlyMap<string, Trust>;
  readonly #rules: ReadonlyMap<string, TrustRule>;

  constructor(deps: TokenExchangeDeps) {
    this.#deps = deps;
    this.#trusted = new Map(
      deps.issuers.map((issuer) => {
        const keys = new IssuerKeys({ ...issuer, keysFile: issuer.keysFile, clock: deps.clock });
        return [issuer.issuer, { issuer, keys }];
      }),
    );
    this.#rules = new Map(
      deps.issuers.flatMap((issuer) => issuer.rules.map((rule) => [ruleIdOf(issuer, rule), rule])),
    );
  }

  /** Throws TokenError with what is wrong with the issuer's token: whoever sends it can read it anyway. */
  async exchange(subjectToken: string, origin: Origin): Promise<Exchanged> {
    const { personas, clock, workloadTokens, log } = this.#deps;
    const trust = this.#findTrust(subjectToken);
    const { issuer } = trust.issuer;
    const claims = await this.#verifySubject(subjectToken, trust);
    const rule = findRule(trust.issuer.rules, claims);
    const account = rule && (await personas.findByName(rule.account));
    const subject = excerpt(claims.sub ?? "");
    if (rule === undefined || account?.accountId === undefined) {
      const isKnown = rule !== undefined;
      log.warn({ issuer, subject, account: rule?.account }, "workload refused");
      this.#noteRefusal(subject, { issuer, origin });
      throw refused(
        isKnown
          ? `the account of the rule for ${subject} is not in force`
          : `no rule lets ${subject} of ${issuer} in`,
      );
    }
    const workload = {
      ruleId: ruleIdOf(trust.issuer, rule),
      accountId: account.accountId,
      subject,
      expiresAt: new Date(clock().getTime() + rule.lifetime),
    };
    const token = await workloadTokens.issue(workload);
    await this.#record(
      { ...account, credential: credentialOf(workload, rule) },
      { issuer, origin },
    );
    log.info({ issuer, subject, account: account.name }, "workload logged in");
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
    const rule = this.#rules.get(workload.ruleId);
    const account = rule && (await this.#deps.personas.findById(workload.accountId));
    // A name may have passed to somebody else since: then the rule speaks of another account.
    if (rule === undefined || account?.name !== rule.account) return undefined;
    return { ...account, credential: credentialOf(workload, rule) };
  }

  #findTrust(token: string): Trust {
    const issuer = readIssuer(token);
    const trust = issuer === undefined ? undefined : this.#trusted.get(issuer);
    if (trust !== undefined) return trust;
    if (issuer === undefined) throw refused("the subject token is no JWT of an issuer");
    throw refused(`the issuer ${excerpt(issuer)} is not trusted here`);
  }

  async #verifySubject(token: string, { issuer, keys }: Trust): Promise<JWTPayload> {
    const audience = issuer.audience ?? this.#deps.url;
    if (audience === undefined) throw new Error("an issuer without an audience was configured");
    try {
      const { payload } = await jwtVerify(token, (header, input) => keys.find(header, input), {
        algorithms: ALGORITHMS,
        issuer: issuer.issuer,
        audience,
        clockTolerance: LEEWAY_SECONDS,
        currentDate: this.#deps.clock(),
        requiredClaims: ["sub", "exp", "iat"],
      });
      return payload;
    } catch (cause) {
      if (cause instanceof IssuerUnavailableError) {
        this.#deps.log.warn({ err: cause, issuer: issuer.issuer }, "issuer not reached");
        throw new TokenError("temporarily_unavailable", { message: cause.message, cause });
      }
      if (!(cause instanceof errors.JOSEError)) throw cause;
      throw refused(`the subject token is not valid: ${cause.message}`, cause);
    }
  }

  #noteRefusal(subject: string, { issuer, origin }: { issuer: string; origin: Origin }): void {
    const by = { kind: "anonymous", name: subject } as const;
    const deed = { action: "workload.login", by, origin, account: issuer, name: subject };
    this.#deps.noteRefusal(deed);
  }

  async #record(by: Principal, { issuer, origin }: { issuer: string; origin: Origin }) {
    const { database, journal } = this.#deps;
    await database.write((trx) =>
      journal.record(trx, {
        action: "workload.login",
        by,
        origin,
        account: by.name,
        name: by.credential?.label ?? "",
        after: { issuer },
      }),
    );
  }
}

/** The id says all that a later request needs: which rule, for whom, and until when. */
function credentialOf({ ruleId, subject, expiresAt }: Workload, rule: TrustRule): Credential {
  const id = [ruleId, expiresAt.getTime(), subject].join(SEPARATOR);
  return { kind: "workload", id, label: subject, permits: permitsOf(rule), expiresAt };
}

function parseCredentialId(accountId: number, id: string): Workload | undefined {
  const [ruleId, expiry, ...rest] = id.split(SEPARATOR);
  const expiresAt = new Date(Number(expiry));
  if (ruleId === undefined || Number.isNaN(expiresAt.getTime())) return undefined;
  return { ruleId, accountId, subject: rest.join(SEPARATOR), expiresAt };
}

function readIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    // What cannot be read has no issuer; the caller says so.
    return undefined;
  }
}

function refused(message: string, cause?: unknown): TokenError {
  return new TokenError("invalid_grant", { message, cause });
}
