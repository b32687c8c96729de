/** Names of fields whose values never reach a log, in any case and with anything between their words. */
const SECRET_WORDS = [
  "authorization",
  "proxy authorization",
  "www authenticate",
  "cookie",
  "set cookie",
  "password",
  "passwd",
  "passphrase",
  "secret",
  "client secret",
  "http secret",
  "token",
  "access token",
  "refresh token",
  "identity token",
  "id token",
  "registry token",
  "api key",
  "private key",
  "secret key",
  "secret access key",
  "credentials",
  "auth",
];

const SECRET_NAMES = new Set(SECRET_WORDS.map((words) => words.replaceAll(" ", "")));

/** The same for pino, which needs every spelling. It sees the fields that a child logger adds to each of its lines. */
export const SECRET_PATHS = SECRET_WORDS.flatMap((words) => {
  const camelCase = words.replaceAll(/ (\w)/g, (_match, letter: string) => letter.toUpperCase());
  return [camelCase, words.replaceAll(" ", "_"), words.replaceAll(" ", "-")];
}).map((name) => `["${name}"]`);

export const CENSORED = "[redacted]";
const DEEPEST = 6;

const URL_CREDENTIALS = /(\/\/)[^\s/@"\\]+@/g;
const SCHEME_CREDENTIALS = /\b(basic|bearer)(\s+)[A-Za-z0-9+/=._~-]{4,}/gi;
const QUERY_SECRETS =
  /([?&](?:_state|token|access_token|refresh_token|code|secret|invitation|password|sig|signature|x-amz-signature|x-amz-credential|x-amz-security-token)=)[^&\s"\\#]+/gi;

/** Takes credentials out of text that may quote them: URLs, headers, command lines. */
export function redactText(text: string): string {
  return text
    .replace(URL_CREDENTIALS, `$1${CENSORED}@`)
    .replace(SCHEME_CREDENTIALS, `$1$2${CENSORED}`)
    .replace(QUERY_SECRETS, `$1${CENSORED}`);
}

/**
 * The facts of a log line without the values of secret fields, at any depth. Of objects that are not plain data only
 * the kind is kept: a request or a socket that is logged by mistake holds everything there is to hide.
 */
export function redactFields(fields: Record<string, unknown>): Record<string, unknown> {
  return redactRecord(fields, 0);
}

function redactRecord(record: object, depth: number): Record<string, unknown> {
  const redacted: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) {
    redacted[name] = isSecretName(name) ? CENSORED : redactValue(value, depth);
  }
  return redacted;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  // Has a serializer of its own, which comes after this.
  if (value instanceof Error || value instanceof Date) return value;
  if (value instanceof URL) return value.href;
  if (depth === DEEPEST) return "[too deep]";
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  const { constructor: kind } = value;
  if (kind === Object || kind === undefined) return redactRecord(value, depth + 1);
  return `[${kind.name}]`;
}

function isSecretName(name: string): boolean {
  return SECRET_NAMES.has(name.replaceAll(/[-_\s]/g, "").toLowerCase());
}
