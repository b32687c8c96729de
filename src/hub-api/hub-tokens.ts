import { SignJWT } from "jose";
import { z } from "zod";
import type { Credential, Principal } from "../access/index.ts";
import { type KeySet, readSigned, SIGNING_ALGORITHM } from "../platform/keys/index.ts";

/** As on Docker Hub. */
const LIFETIME_SECONDS = 10 * 60;
const LEEWAY_SECONDS = 60;
/** Never that of a token for the registry: neither is good for the other. */
const AUDIENCE = "berth hub api";
/** Of half a login: good for nothing but to be shown with a code. */
const CODE_AUDIENCE = "berth hub api, with a code";

interface HubTokenDeps {
  readonly keys: Pick<KeySet, "current" | "find">;
  /** The holder as they stand now: undefined once the account or the credential is not in force. */
  readonly resume: (holder: {
    readonly accountId: number;
    readonly credential: Pick<Credential, "kind" | "id">;
  }) => Promise<Principal | undefined>;
  readonly clock: () => Date;
  readonly randomId: () => string;
}

const claims = z.object({
  account: z.int(),
  credential: z.object({
    kind: z.enum(["password", "directory", "personal token", "organization token", "robot"]),
    id: z.string(),
  }),
});

/** What a login at Docker Hub's API gives: it stands for the login that it came of, with the limits of that. */
export class HubTokens {
  readonly #deps: HubTokenDeps;

  constructor(deps: HubTokenDeps) {
    this.#deps = deps;
  }

  async issue(principal: Principal): Promise<string> {
    return await this.#sign(principal, AUDIENCE);
  }

  /** For somebody who has shown the password, and has to show a code. */
  async issueForCode(principal: Principal): Promise<string> {
    return await this.#sign(principal, CODE_AUDIENCE);
  }

  /** Undefined for what is no such token, or not any more. */
  async verify(token: string): Promise<Principal | undefined> {
    return await this.#open(token, AUDIENCE);
  }

  async verifyForCode(token: string): Promise<Principal | undefined> {
    return await this.#open(token, CODE_AUDIENCE);
  }

  async #sign({ name, accountId, credential }: Principal, audience: string): Promise<string> {
    const { keys, clock, randomId } = this.#deps;
    const { kid, privateKey } = keys.current;
    const now = Math.floor(clock().getTime() / 1000);
    const { kind, id } = credential ?? {};
    return await new SignJWT({ account: accountId, credential: { kind, id }, username: name })
      .setProtectedHeader({ typ: "JWT", alg: SIGNING_ALGORITHM, kid })
      .setAudience(audience)
      .setSubject(name)
      .setJti(randomId())
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + LIFETIME_SECONDS)
      .sign(privateKey);
  }

  async #open(token: string, audience: string): Promise<Principal | undefined> {
    const holder = await this.#read(token, audience);
    // Outside of what is caught: a directory that does not answer makes no token wrong.
    return holder && (await this.#deps.resume(holder));
  }

  /** Undefined for whatever is no token of ours: the answer must not say more. */
  async #read(token: string, audience: string) {
    const { keys, clock } = this.#deps;
    const payload = await readSigned(token, keys, {
      audience,
      clockTolerance: LEEWAY_SECONDS,
      currentDate: clock(),
      requiredClaims: ["exp", "iat", "sub"],
      typ: "JWT",
    });
    const { data } = claims.safeParse(payload);
    return data && { accountId: data.account, credential: data.credential };
  }
}
