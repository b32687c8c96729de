/** Actions on one resource, as clients ask the token service for them: `repository:library/app:pull,push`. */
export interface Scope {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** More scopes than a token is made for; the message names the limit. */
export class ScopeLimitError extends Error {
  override readonly name = "ScopeLimitError";
}

const SCOPES_LIMIT = 50;
const BYTES_LIMIT = 8 * 1024;
/** A class, as in `repository(plugin)`, says what lies in the resource and nothing about who may have it. */
const TYPE = /^([a-z0-9]+)(?:\([a-z0-9]+\))?$/;

/**
 * Reads `scope` parameters: each holds any number of scopes with spaces between. What is no scope is passed over, as other
 * token services do, and one resource that is named twice becomes one scope. Throws ScopeLimitError.
 */
export function parseScopes(parameters: readonly string[]): readonly Scope[] {
  const bytes = parameters.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > BYTES_LIMIT) throw new ScopeLimitError(`scopes take at most ${BYTES_LIMIT} bytes`);
  const texts = parameters.flatMap((text) => text.split(" ")).filter((text) => text !== "");
  if (texts.length > SCOPES_LIMIT) {
    throw new ScopeLimitError(`a token is for at most ${SCOPES_LIMIT} scopes at once`);
  }
  const merged = new Map<string, Scope>();
  for (const text of texts) {
    const scope = parseScope(text);
    if (scope === undefined) continue;
    const { type, name } = scope;
    const known = merged.get(`${type}:${name}`)?.actions ?? [];
    const actions = [...new Set([...known, ...scope.actions])];
    merged.set(`${type}:${name}`, { type, name, actions });
  }
  return [...merged.values()];
}

export function printScope({ type, name, actions }: Scope): string {
  return `${type}:${name}:${actions.join(",")}`;
}

/** Split at the first and the last colon: a name may hold some of its own, before a port. */
function parseScope(text: string): Scope | undefined {
  const first = text.indexOf(":");
  const last = text.lastIndexOf(":");
  const type = TYPE.exec(text.slice(0, Math.max(first, 0)))?.[1];
  const name = text.slice(first + 1, last);
  if (type === undefined || name === "") return undefined;
  const actions = text.slice(last + 1).split(",");
  return { type, name, actions: [...new Set(actions.filter((action) => action !== ""))] };
}
