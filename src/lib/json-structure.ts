/** JSON whose structure is refused before it is parsed; the message says why. */
export class JsonStructureError extends Error {
  override readonly name = "JsonStructureError";
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;

export interface JsonLimits {
  readonly maxDepth: number;
  /** Of one object. Objects of very many keys are slow in every step after this one. */
  readonly maxKeys: number;
}

/**
 * Refuses JSON that exceeds the limits, or that repeats a key within an object: readers disagree on
 * which of the two counts (RFC 8259, section 4). One pass without recursion, so it is safe to run
 * before JSON.parse on what a stranger sent. The grammar is left to JSON.parse.
 */
export function checkJsonStructure(json: string, { maxDepth, maxKeys }: JsonLimits): void {
  // The keys of each object that is open; an array has none.
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < json.length; at += 1) {
    switch (json.charCodeAt(at)) {
      case QUOTE: {
        const end = endOfString(json, at);
        const keys = open.at(-1);
        if (keys !== undefined && isKey(json, end)) addKey(keys, json.slice(at, end), maxKeys);
        at = end - 1;
        break;
      }
      case OPEN_BRACE:
        open.push(new Set());
        break;
      case OPEN_BRACKET:
        open.push(undefined);
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        open.pop();
        break;
      default:
        continue;
    }
    if (open.length > maxDepth) {
      throw new JsonStructureError(`it is nested deeper than ${maxDepth} levels`);
    }
  }
}

/** The position after the closing quote. */
function endOfString(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at += 1) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at += 1;
  }
  return json.length;
}

function isKey(json: string, endOfString: number): boolean {
  let at = endOfString;
  while (json.charCodeAt(at) <= 0x20) at += 1;
  return json.charCodeAt(at) === COLON;
}

function addKey(keys: Set<string>, quoted: string, maxKeys: number): void {
  const key = unquote(quoted);
  if (keys.has(key)) {
    throw new JsonStructureError(`the key "${key.slice(0, 100)}" stands twice in one object`);
  }
  if (keys.size === maxKeys) {
    throw new JsonStructureError(`an object in it has more than ${maxKeys} keys`);
  }
  keys.add(key);
}

/** With its escapes resolved, because `"a"` and `"\u0061"` are one key. */
function unquote(quoted: string): string {
  if (!quoted.includes("\\")) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    // The whole text is parsed after this check, and refused there in the parser's own words.
    return quoted;
  }
}
