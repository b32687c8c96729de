import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";

/**
 * Every secret that a test has shown to a hub, and every line that a hub has logged while it ran. At the end of each test
 * file none of the first may be in any of the second (see canary-watch.ts), so the whole suite looks for leaks.
 */
const secrets = new Set<string>();
const logs: string[] = [];

/** Shorter ones are words that a log may well hold. */
const SHORTEST = 12;
const FIELDS = /"(?:secret|token|access_token|refresh_token|password)":"([^"\\]{20,})"/g;

export function noteSecret(secret: string): void {
  if (secret.length >= SHORTEST) secrets.add(secret);
}

/** What a hub has written, to any place where secrets must not be. */
export function noteLog(text: string): void {
  logs.push(text);
}

/** The secrets in an answer of the hub, which shows them once. */
export function noteSecretsIn(body: string): void {
  for (const [, secret = ""] of body.matchAll(FIELDS)) noteSecret(secret);
}

/** The value of an `Authorization` header, and what is in it. */
export function noteAuthorization(header: string): void {
  const [, scheme = "", value = ""] = /^(\w+) +(.+)$/.exec(header) ?? [];
  if (/^basic$/i.test(scheme)) {
    const pair = Buffer.from(value, "base64").toString();
    noteSecret(pair.slice(pair.indexOf(":") + 1));
  }
  noteSecret(value);
}

/** Which secrets are where they must not be, each with the line around it. */
export function findLeaks(): readonly string[] {
  const text = logs.join("\n");
  const found = [...secrets].filter((secret) => text.includes(secret));
  return found.map((secret) => {
    const at = text.indexOf(secret);
    const [start, end] = [text.lastIndexOf("\n", at) + 1, text.indexOf("\n", at)];
    return `${secret} in: ${text.slice(start, end < 0 ? undefined : end).slice(0, 400)}`;
  });
}

/** Notes what every client, whichever it is, shows to the hubs of this process. */
export function watchRequests(): Disposable {
  const note = (message: unknown) => {
    const { headers } = (message as { request: IncomingMessage }).request;
    if (headers.authorization !== undefined) noteAuthorization(headers.authorization);
    const session = /(?:^|; )[\w-]*session=([^;]+)/i.exec(headers.cookie ?? "")?.[1];
    if (session !== undefined) noteSecret(session);
  };
  subscribe("http.server.request.start", note);
  return { [Symbol.dispose]: () => unsubscribe("http.server.request.start", note) };
}
