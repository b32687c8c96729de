import { ANONYMOUS, type Principal } from "./principal.ts";

/** Proves who sent a request. Answers at once when no slow hash is needed, which keeps the hot path synchronous. */
export interface Authenticator {
  /** The principal, or undefined when credentials were given and are wrong. */
  authenticate(authorization: string | undefined): Authentication | Promise<Authentication>;
  /** The value of `WWW-Authenticate` for a refusal. */
  readonly challenge: string;
}

export type Authentication = Principal | undefined;

/** Open mode: credentials are neither needed nor looked at, so a client that is logged in elsewhere can pull. */
export function createOpenAuthenticator(): Authenticator {
  return { authenticate: () => ANONYMOUS, challenge: 'Basic realm="Berth"' };
}
