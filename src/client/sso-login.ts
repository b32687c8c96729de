import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import {
  COMMAND_LOGIN_PATH,
  commandLoginAnswer,
  comparisonCodeOf,
  OIDC_PATH,
  PROVIDERS_PATH,
  providerList,
} from "../contract/single-sign-on.ts";
import { createHubClient } from "./hub-client.ts";
import { HubRefusal } from "./hub-error.ts";
import type { Credentials } from "./hub-requests.ts";
import type { RegistryCall } from "./registry-login.ts";

const MACHINE_LETTERS = 64;
const PATIENCE_MS = 5 * 60_000;

/**
 * A login by a browser on this machine: the hub sends it back to a port that only listens here, with a code that is worth
 * nothing to anybody else (as RFC 8252 and RFC 7636). `show` is given the address to open.
 */
export async function logInByBrowser(
  call: RegistryCall,
  wish: {
    readonly provider: string | undefined;
    /** The page there shows the same code before it hands the login over. */
    readonly show: (begun: { readonly address: string; readonly code: string }) => void;
  },
): Promise<Credentials> {
  const provider = wish.provider ?? (await findOnlyProvider(call));
  const verifier = randomBytes(32).toString("base64url");
  const state = randomBytes(32).toString("base64url");
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(PATIENCE_MS)]);
  const server = createServer().listen(0, "127.0.0.1");
  try {
    await once(server, "listening", { signal });
    const { port } = server.address() as AddressInfo;
    const address = new URL(`${OIDC_PATH}/${encodeURIComponent(provider)}`, call.url);
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    const query = { port: String(port), challenge, state, machine: nameOfMachine() };
    address.search = String(new URLSearchParams(query));
    const arrival = waitForCode(server, { state, signal });
    wish.show({ address: address.href, code: comparisonCodeOf(challenge) });
    return await redeem(call, { code: await arrival, verifier });
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

async function findOnlyProvider({ url, signal }: RegistryCall): Promise<string> {
  const hub = createHubClient({ url, signal });
  const { items } = await hub.call({ line: `GET ${PROVIDERS_PATH}`, answer: providerList });
  const [only, ...others] = items.map(({ name }) => name);
  if (only === undefined) throw new HubRefusal(404, "this hub has no provider to log in at");
  if (others.length === 0) return only;
  throw new HubRefusal(400, `say where to log in: --sso ${[only, ...others].join(", or --sso ")}`);
}

async function redeem(
  { url, signal }: RegistryCall,
  shown: { readonly code: string; readonly verifier: string },
): Promise<Credentials> {
  const { user, secret } = await createHubClient({ url, signal }).call({
    line: `POST ${COMMAND_LOGIN_PATH}`,
    body: { ...shown, machine: nameOfMachine() },
    answer: commandLoginAnswer,
  });
  return { username: user, password: secret };
}

function nameOfMachine(): string {
  const name = hostname().replaceAll(/[^\w.-]/g, "-");
  return name.slice(0, MACHINE_LETTERS) || "a machine";
}

/** Whatever else asks on this port is told nothing. */
async function waitForCode(
  server: ReturnType<typeof createServer>,
  { state, signal }: { readonly state: string; readonly signal: AbortSignal },
): Promise<string> {
  return await new Promise((resolve, reject) => {
    const giveUp = () => reject(new HubRefusal(408, "nobody logged in by the browser in time"));
    signal.addEventListener("abort", giveUp, { once: true });
    server.on("request", (request, response) => {
      const query = new URL(request.url ?? "/", "http://127.0.0.1").searchParams;
      const code = query.get("code");
      const isOurs = code !== null && query.get("state") === state;
      response.writeHead(isOurs ? 200 : 404, { "content-type": "text/plain; charset=utf-8" });
      response.end(isOurs ? "You are logged in. This page can be closed.\n" : "nothing here\n");
      if (isOurs) response.once("finish", () => resolve(code));
    });
  });
}
