import { noteSecret } from "./canaries.ts";
import { startAccountsHub } from "./hub-api.ts";
import { startMailServer } from "./mail-server.ts";

/** Where links of a hub with mail begin, whatever port it listens on. */
export const HUB_URL = "https://hub.example.com";

/** A hub that sends mail to a server of the test. */
export async function startMailedHub(settings: Readonly<Record<string, string>> = {}) {
  const server = await startMailServer();
  let now = Date.now();
  const hub = await startAccountsHub({
    clock: () => new Date(now),
    settings: {
      url: HUB_URL,
      "mail.host": "127.0.0.1",
      "mail.port": String(server.port),
      "mail.security": "none",
      "mail.from": "Berth <hub@example.com>",
      ...settings,
    },
  });
  return {
    ...hub,
    mail: server,
    /** The secret in the n-th mail to the address. */
    async secretFor(address: string, n = 1): Promise<string> {
      const { text } = await server.receive(address, n);
      return secretIn(text);
    },
    wait(ms: number) {
      now += ms;
    },
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The secret of a link, in whatever shows it. */
export function secretIn(text: string): string {
  const secret = /berth_once_[A-Za-z0-9_-]{32}/.exec(text)?.[0];
  if (secret === undefined) throw new Error(`there is no secret in: ${text}`);
  noteSecret(secret);
  return secret;
}
