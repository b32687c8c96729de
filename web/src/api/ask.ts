import { HubAway, HubError } from "./hub-error.ts";
import { presence } from "./presence.ts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
/** What a proxy says of a hub that it does not reach; the hub itself says why in a problem. */
const AWAY = new Set([502, 503, 504]);
const PROBLEM = "application/problem+json";

/** Asks the hub. Throws HubError for a refusal, HubAway when nobody answers. The caller says what the contract promises. */
export async function ask<Answer>(
  request: `${Method} /${string}`,
  options: { readonly body?: unknown; readonly signal?: AbortSignal } = {},
): Promise<Answer> {
  const [method = "GET", path = "/"] = request.split(" ");
  const { body, signal } = options;
  const response = await send(path, {
    method,
    ...(signal && { signal }),
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    }),
  });
  const text = await response.text();
  const answer: unknown = text === "" ? undefined : parse(text);
  if (!response.ok) throw new HubError(asProblem(answer, response));
  return answer as Answer;
}

/** A path with parameters; those without a value are left out. */
export function withQuery(
  path: `/${string}`,
  parameters: Readonly<Record<string, string | number | undefined>>,
): `/${string}` {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== "") query.set(name, String(value));
  return query.size === 0 ? path : `${path}?${query}`;
}

/** Throws HubAway when nobody answers, or a proxy for nobody. */
export async function send(path: string, options: RequestInit): Promise<Response> {
  const response = await reach(path, options);
  if (AWAY.has(response.status) && !isJson(response)) throw away();
  presence.tell("here");
  return response;
}

async function reach(path: string, options: RequestInit): Promise<Response> {
  try {
    return await fetch(path, options);
  } catch (cause) {
    if (options.signal?.aborted === true) throw cause;
    throw away(cause);
  }
}

function away(cause?: unknown): HubAway {
  presence.tell("away");
  return new HubAway("nobody answered", { cause });
}

function isJson({ headers }: Response): boolean {
  const type = headers.get("content-type") ?? "";
  return type.startsWith(PROBLEM) || type.startsWith("application/json");
}

export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy in between answered in its own words; its status is all that can be told.
    return undefined;
  }
}

export function asProblem(answer: unknown, { status, statusText }: Response) {
  const said = { ...(answer as { title?: string; detail?: string; type?: string } | undefined) };
  const { title = statusText, type = "about:blank" } = said;
  return { status, title, type, ...(said.detail !== undefined && { detail: said.detail }) };
}
