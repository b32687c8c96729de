import { SignJWT } from "jose";
import { z } from "zod";
import { type KeySet, readSigned, SIGNING_ALGORITHM } from "../../platform/keys/index.ts";

/** Tells people and scanners what it is that they found, and this hub which door it belongs to. */
const PREFIX = "berth_ci_";
/** Never taken for a registry token, which is signed with the same keys. */
const TYPE = "berth-ci+jwt";
const TEXT_LIMIT = 4096;

/** A workload that was let in by a rule, until then. */
export interface Workload {
  readonly ruleId: string;
  readonly accountId: number;
  readonly subject: string;
  readonly expiresAt: Date;
}

interface WorkloadTokensDeps {
  readonly keys: Pick<KeySet, "current" | "find">;
  readonly service: string;
  readonly clock: () => Date;
  readonly randomId: () => string;
}

const claims = z.object({
  sub: z.string(),
  exp: z.int(),
  rule: z.string(),
  account: z.int(),
});

/** Passwords for one job: they need no row, and end by themselves. */
export class WorkloadTokens {
  readonly #deps: WorkloadTokensDeps;

  constructor(deps: WorkloadTokensDeps) {
    this.#deps = deps;
  }

  handles(secret: string): boolean {
    return secret.startsWith(PREFIX);
  }

  async issue({ ruleId, accountId, subject, expiresAt }: Workload): Promise<string> {
    const { keys, service, clock, randomId } = this.#deps;
    const { kid, privateKey } = keys.current;
    const text = await new SignJWT({ rule: ruleId, account: accountId })
      .setProtectedHeader({ typ: TYPE, alg: SIGNING_ALGORITHM, kid })
      .setIssuer(service)
      .setAudience(service)
      .setSubject(subject)
      .setJti(randomId())
      .setIssuedAt(clock())
      .setExpirationTime(expiresAt)
      .sign(privateKey);
    return PREFIX + text;
  }

  /** Undefined for what this hub did not issue, and for what has ended. */
  async verify(secret: string): Promise<Workload | undefined> {
    if (!this.handles(secret) || secret.length > TEXT_LIMIT) return undefined;
    const { keys, service, clock } = this.#deps;
    const payload = await readSigned(secret.slice(PREFIX.length), keys, {
      typ: TYPE,
      issuer: service,
      audience: service,
      currentDate: clock(),
      requiredClaims: ["sub", "exp", "iat"],
    });
    const { data } = claims.safeParse(payload);
    if (data === undefined) return undefined;
    const { rule: ruleId, account: accountId, sub: subject, exp } = data;
    return { ruleId, accountId, subject, expiresAt: new Date(exp * 1000) };
  }
}
