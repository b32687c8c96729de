import { ANONYMOUS, type Authentication, type Authenticator, parseBasic } from "../access/index.ts";
import type { HtpasswdFile } from "./htpasswd-file.ts";

/** HTTP Basic against an htpasswd file. */
export function createHtpasswdAuthenticator(deps: {
  file: HtpasswdFile;
  realm: string;
}): Authenticator {
  const challenge = `Basic realm="${deps.realm.replace(/["\\\r\n]/g, "")}"`;
  return {
    challengeFor: () => challenge,
    authenticate(proof) {
      if (proof === undefined) return ANONYMOUS;
      const credentials = parseBasic(proof.authorization);
      if (credentials === undefined) return undefined;
      const { user, secret } = credentials;
      if (deps.file.verifyRemembered(user, secret)) return { kind: "user", name: user };
      return verifySlowly(user, secret);
    },
  };

  async function verifySlowly(user: string, password: string): Promise<Authentication> {
    const isRight = await deps.file.verify(user, password);
    return isRight ? { kind: "user", name: user } : undefined;
  }
}
