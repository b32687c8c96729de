import { z } from "zod";
import { secondFactorDetail } from "../contract/second-factor.ts";
import type { Login } from "./docker-credentials.ts";
import { HubRefusal, HubUnreachable } from "./hub-error.ts";
import type { Credentials } from "./hub-requests.ts";
import { USER_AGENT } from "./user-agent.ts";

export interface RegistryCall {
  readonly url: URL;
  readonly signal: AbortSignal;
}

const tokenAnswer = z.object({ refresh_token: z.string().optional() });
const refusal = z.object({
  errors: z.array(z.object({ message: z.string(), detail: z.unknown() })).min(1),
});

/** Proves the credentials at the registry, as `docker login` does, and gives what is worth keeping of them. */
export async function logInToRegistry(
  call: RegistryCall,
  credentials: Credentials,
): Promise<Login> {
  const home = new URL("/v2/", call.url);
  const challenged = await ask(call, home);
  if (challenged.status !== 401) {
    await assertPassed(challenged);
    return credentials;
  }
  const challenge = parseChallenge(challenged.headers.get("www-authenticate") ?? "");
  if (challenge.scheme !== "bearer") {
    await assertPassed(await ask(call, home, credentials));
    return credentials;
  }
  const answer = await ask(call, tokenUrl(call, challenge, credentials), credentials);
  await assertPassed(answer);
  const { refresh_token } = tokenAnswer.parse(await answer.json());
  return { ...credentials, identityToken: refresh_token };
}

async function ask(
  { signal }: RegistryCall,
  target: URL,
  credentials?: Credentials,
): Promise<Response> {
  const headers = credentials === undefined ? {} : { authorization: basicOf(credentials) };
  try {
    const all = { ...headers, ...USER_AGENT };
    return await fetch(target, { headers: all, redirect: "error", signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new HubUnreachable(`no registry answers at ${target.origin}`, { cause });
  }
}

/** Throws the registry's own sentence. */
export async function assertPassed(answer: Response): Promise<void> {
  if (answer.ok) return;
  const { origin } = new URL(answer.url);
  const body = refusal.safeParse(await answer.json().catch(() => undefined));
  const [first] = body.data?.errors ?? [];
  const message = first?.message ?? `${origin} answered ${answer.status}`;
  const needsCode = secondFactorDetail.safeParse(first?.detail).success;
  throw new HubRefusal(answer.status, message, needsCode);
}

export function basicOf({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** What a registry asks for, of its `WWW-Authenticate`. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export function parseChallenge(text: string): Challenge {
  const [scheme = ""] = text.split(" ", 1);
  const pairs = [...text.matchAll(/([a-z_]+)="([^"]*)"/gi)].map(([, name = "", value = ""]) => [
    name.toLowerCase(),
    value,
  ]);
  return { scheme: scheme.toLowerCase(), parameters: Object.fromEntries(pairs) };
}

function tokenUrl(call: RegistryCall, { parameters }: Challenge, { username }: Credentials): URL {
  const { realm = "", service } = parameters;
  const url = URL.parse(realm);
  if (url === null) throw new HubUnreachable(`the registry names no token service: "${realm}"`);
  if (call.url.protocol === "https:" && url.protocol !== "https:") {
    throw new HubUnreachable(
      `${realm} would get the password in the clear: set url (BERTH_URL) at the hub to its https address`,
    );
  }
  if (service !== undefined) url.searchParams.set("service", service);
  url.searchParams.set("account", username);
  url.searchParams.set("client_id", "berth");
  url.searchParams.set("offline_token", "true");
  return url;
}
