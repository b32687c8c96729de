import type { Credential, Origin, Principal } from "../access/index.ts";

/** Whose a token is: an account, and what its owner proved to be that with. Names pass to others, these ids never do. */
export interface Holder {
  readonly accountId: number;
  readonly credential: Pick<Credential, "kind" | "id">;
}

/** Everybody who can prove who they are. */
export interface Identities {
  /** Undefined when user and secret do not belong together. Throws TooManyAttempts. */
  verify(claim: {
    readonly user: string;
    readonly secret: string;
    readonly origin: Origin;
  }): Promise<Principal | undefined>;
  /** After a refusal: why a secret that was right once is not in force. */
  explain?(claim: {
    readonly user: string;
    readonly secret: string;
    readonly origin: Origin;
  }): Promise<string | undefined>;
  /** The holder as they stand now: undefined once the account is disabled or gone, or the credential is not in force. */
  resume(holder: Holder): Promise<Principal | undefined>;
}

/** Undefined for those who have nothing that could be asked about later. */
export function holderOf({ accountId, credential }: Principal): Holder | undefined {
  if (accountId === undefined || credential === undefined) return undefined;
  return { accountId, credential: { kind: credential.kind, id: credential.id } };
}
