import type { Credentials } from "../../client/hub-requests.ts";
import type { Probe, ProbeAnswer } from "../../client/probe.ts";
import { isLoopback } from "../../client/proxy-route.ts";
import { basicOf, type Challenge } from "../../client/registry-login.ts";

/** The registry that is looked at, and the way to it. */
export interface Patient {
  readonly url: URL;
  readonly probe: Probe;
  /** For other hosts than the registry's: always with their certificates checked. */
  readonly strictProbe: Probe;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Whom the registry takes us for. */
export interface Session {
  readonly challenge: Challenge | undefined;
  readonly credentials: Credentials | undefined;
}

/** The value of `Authorization`, or the answer that refused it. */
export type Authorization =
  | { readonly kind: "header"; readonly value: string | undefined }
  | { readonly kind: "refused"; readonly answer: ProbeAnswer };

export function probeFor({ url, probe, strictProbe }: Patient, target: URL): Probe {
  return target.origin === url.origin ? probe : strictProbe;
}

/** Whether a password may go there: to nobody who could not prove who they are, and not in the clear where it came safely. */
export function maySendSecrets(patient: Patient, target: URL): boolean {
  if (!patient.probe.isTrusted) return false;
  if (target.protocol === "https:" || isLoopback(target.hostname)) return true;
  return target.origin === patient.url.origin;
}

/** Gets what a request with this scope has to show, the way docker does. */
export async function authorize(
  patient: Patient,
  { challenge, credentials }: Session,
  scope?: string,
): Promise<Authorization> {
  if (challenge === undefined) return { kind: "header", value: undefined };
  if (challenge.scheme !== "bearer") {
    const value = credentials && basicOf(credentials);
    return { kind: "header", value };
  }
  const answer = await askForToken(patient, { challenge, credentials }, scope);
  const token = answer.status === 200 ? readToken(answer.text) : undefined;
  if (token === undefined) return { kind: "refused", answer };
  return { kind: "header", value: `Bearer ${token}` };
}

async function askForToken(
  patient: Patient,
  { challenge, credentials }: Session,
  scope: string | undefined,
): Promise<ProbeAnswer> {
  const { realm = "", service = "" } = challenge?.parameters ?? {};
  const target = new URL(realm);
  const shown =
    credentials !== undefined && maySendSecrets(patient, target) ? credentials : undefined;
  const probe = probeFor(patient, target);
  if (shown?.username === "<token>") {
    const form = {
      grant_type: "refresh_token",
      service,
      client_id: "berth",
      refresh_token: shown.password,
      ...(scope === undefined ? {} : { scope }),
    };
    return await probe.ask(target, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: [Buffer.from(new URLSearchParams(form).toString())],
    });
  }
  target.searchParams.set("service", service);
  if (scope !== undefined) target.searchParams.set("scope", scope);
  return await probe.ask(target, {
    headers: shown === undefined ? {} : { authorization: basicOf(shown) },
  });
}

function readToken(text: string): string | undefined {
  const answer = parseJson(text) as { token?: unknown; access_token?: unknown } | undefined;
  const token = answer?.token ?? answer?.access_token;
  return typeof token === "string" ? token : undefined;
}

/** The registry's own sentence, of an answer that refuses. */
export function sentenceOf({ text, status }: ProbeAnswer): string {
  const body = parseJson(text) as
    | { errors?: { message?: string }[]; detail?: string; title?: string; details?: string }
    | undefined;
  const said = body?.errors?.[0]?.message ?? body?.detail ?? body?.title ?? body?.details;
  return said ?? `it answered ${status}`;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Something in between speaks, and not the registry: the callers look at the status and the type.
    return undefined;
  }
}

export function isPage({ headers, text }: ProbeAnswer): boolean {
  return (headers["content-type"] ?? "").includes("html") || /^\s*<(?:!doctype|html)/i.test(text);
}
