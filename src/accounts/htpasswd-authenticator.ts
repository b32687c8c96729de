import { ANONYMOUS, type Authentication, type Authenticator } from "../access/index.ts";
import type { HtpasswdFile } from "./htpasswd-file.ts";

const HEADER_LIMIT = 8 * 1024;

/** HTTP Basic against an htpasswd file. */
export function createHtpasswdAuthenticator(deps: {
  file: HtpasswdFile;
  realm: string;
}): Authenticator {
  return {
    challenge: `Basic realm="${deps.realm.replace(/["\\\r\n]/g, "")}"`,
    authenticate(authorization) {
      if (authorization === undefined) return ANONYMOUS;
      const credentials = parseBasic(authorization);
      if (credentials === undefined) return undefined;
      const { user, password } = credentials;
      if (deps.file.verifyRemembered(user, password)) return { kind: "user", name: user };
      return verifySlowly(user, password);
    },
  };

  async function verifySlowly(user: string, password: string): Promise<Authentication> {
    const isRight = await deps.file.verify(user, password);
    return isRight ? { kind: "user", name: user } : undefined;
  }
}

/** The user ends at the first colon; the password may hold colons and any UTF-8 (RFC 7617). */
function parseBasic(header: string): { user: string; password: string } | undefined {
  const match = /^basic +([A-Za-z0-9+/=_-]+)\s*$/i.exec(header.slice(0, HEADER_LIMIT));
  if (match?.[1] === undefined) return undefined;
  const text = Buffer.from(match[1], "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
