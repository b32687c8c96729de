import type { Logger } from "pino";
import type { Attempt, Credential, Deed, Journal, Origin, Principal } from "../../access/index.ts";
import { excerpt } from "../../lib/excerpt.ts";
import type { Database } from "../../platform/db/index.ts";
import type { Holder, Identities } from "../identities.ts";
import type { TokenTables } from "../tables.ts";
import type { TokenError } from "../token-error.ts";
import type { Admission, Refusal, Statement } from "./admission.ts";
import { readIssuer, refused } from "./subject-tokens.ts";
import { permitsOf, type RuleInForce } from "./trust-rules.ts";
import type { Workload, WorkloadTokens } from "./workload-tokens.ts";

interface TokenExchangeDeps {
  readonly admission: Pick<Admission, "judge" | "findById">;
  readonly workloadTokens: WorkloadTokens;
  readonly journal: Journal;
  /** Writes down what was not done, some time later. */
  readonly noteRefusal: (deed: Attempt) => void;
  readonly database: Pick<Database<TokenTables>, "write">;
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

const SEPARATOR = "|";

/**
 * Lets CI jobs and other workloads in by the word of an issuer that the operator or an organization trusts (RFC 8693): a
 * signed statement about a job becomes a password for some repositories and some minutes.
 */
export class TokenExchange implements Pick<Identities, "verify" | "resume"> {
  readonly #deps: TokenExchangeDeps;

  constructor(deps: TokenExchangeDeps) {
    this.#deps = deps;
  }

  /**
   * Throws TokenError with what is wrong with the issuer's token: whoever sends it can read it anyway. What an organization
   * has against it stands in its audit trail alone: whom it trusts, and whether there is one, is not to be learned here.
   */
  async exchange({ subjectToken: token, organization, origin }: Wish): Promise<Exchanged> {
    const issuer = readIssuer(token);
    if (issuer === undefined) throw refused("the subject token is no JWT of an issuer");
    const statement = { token, issuer, organization };
    const judged = await this.#deps.admission.judge(statement);
    if (judged.rule === undefined) throw this.#refuse(judged.refusals, { ...statement, origin });
    const { rule, subject } = judged;
    const actor = await rule.findActor();
    if (actor?.accountId !== undefined)
      return await this.#letIn(rule, {
        actor,
        accountId: actor.accountId,
        subject,
        issuer,
        origin,
      });
    const fault = refused(`the account of the rule for ${subject} is not in force`);
    throw this.#refuse([{ fault, subject, organization: undefined }], { ...statement, origin });
  }

  async #letIn(
    rule: RuleInForce,
    who: {
      readonly actor: Principal;
      readonly accountId: number;
      readonly subject: string;
      readonly issuer: string;
      readonly origin: Origin;
    },
  ): Promise<Exchanged> {
    const { clock, workloadTokens, log } = this.#deps;
    const { actor, accountId, subject, issuer, origin } = who;
    const expiresAt = new Date(clock().getTime() + rule.lifetime);
    const workload = { ruleId: rule.id, accountId, subject, expiresAt };
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
    const rule = await this.#deps.admission.findById(workload.ruleId);
    const actor = await rule?.findActor();
    // A name may have passed to somebody else since: then the rule speaks of another account.
    if (rule === undefined || actor?.accountId !== workload.accountId) return undefined;
    return { ...actor, credential: credentialOf(workload, rule) };
  }

  /** Writes down who was refused, where somebody has signed who that is; answers what to tell them. */
  #refuse(
    refusals: readonly Refusal[],
    asked: Statement & { readonly origin: Origin },
  ): TokenError {
    const { log, noteRefusal } = this.#deps;
    const { issuer, origin } = asked;
    for (const { fault, subject, organization } of refusals) {
      log.warn({ issuer, subject, organization, reason: fault.message }, "workload refused");
      if (subject === undefined) continue;
      const by = { kind: "anonymous", name: subject } as const;
      const account = organization ?? issuer;
      const after = { issuer, reason: fault.message };
      noteRefusal({ action: "workload.login", by, origin, account, name: subject, after });
    }
    return faultOf(refusals, asked);
  }

  async #record(deed: Omit<Deed, "action">): Promise<void> {
    const { database, journal } = this.#deps;
    await database.write((trx) => journal.record(trx, { ...deed, action: "workload.login" }));
  }
}

/** The id says all that a later request needs: which rule, for whom, and until when. */
function credentialOf(
  { ruleId, subject, expiresAt }: Workload,
  rule: Pick<RuleInForce, "repositories" | "actions" | "createdAt">,
): Credential {
  const id = [ruleId, expiresAt.getTime(), subject].join(SEPARATOR);
  const { createdAt } = rule;
  const limits = {
    permits: permitsOf(rule),
    ...(createdAt === undefined ? {} : { permitsGivenAt: createdAt }),
  };
  return { kind: "workload", id, label: subject, ...limits, expiresAt };
}

function parseCredentialId(accountId: number, id: string): Workload | undefined {
  const [ruleId, expiry, ...rest] = id.split(SEPARATOR);
  const expiresAt = new Date(Number(expiry));
  if (ruleId === undefined || Number.isNaN(expiresAt.getTime())) return undefined;
  return { ruleId, accountId, subject: rest.join(SEPARATOR), expiresAt };
}

/** What the hub's own rules have against it; where none of them trusts the issuer, the same whatever the organization's say. */
function faultOf(refusals: readonly Refusal[], { issuer, organization }: Statement): TokenError {
  const ofHub = refusals.filter((refusal) => refusal.organization === undefined);
  const known = ofHub.find(({ subject }) => subject !== undefined) ?? ofHub[0];
  const reason = known?.fault.message ?? `the issuer ${excerpt(issuer)} is not trusted here`;
  return refused(`${reason}${hintFor(organization)}`, known?.fault);
}

/** Where to look on, for whoever wonders why their organization's rule does not hold. */
function hintFor(organization: string | undefined): string {
  if (organization === undefined)
    return "; rules of an organization hold for jobs that name it (berth login --oidc --organization NAME)";
  return `; should a rule of ${excerpt(organization)} be meant to let it in, the audit trail there says why it does not`;
}
