const HEADER_LIMIT = 8 * 1024;

export interface BasicCredentials {
  readonly user: string;
  readonly secret: string;
}

/** The user ends at the first colon; the secret may hold colons and any UTF-8 (RFC 7617). Undefined for anything else. */
export function parseBasic(authorization: string): BasicCredentials | undefined {
  const match = /^basic +([A-Za-z0-9+/=_-]+)\s*$/i.exec(authorization.slice(0, HEADER_LIMIT));
  if (match?.[1] === undefined) return undefined;
  const text = Buffer.from(match[1], "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) return undefined;
  return { user: text.slice(0, colon), secret: text.slice(colon + 1) };
}
