/** Deeper documents are refused before they are parsed. */
const DEPTH_LIMIT = 32;
/** Duplicate keys are looked for this deep: the manifest itself, its lists, and the descriptors in them. */
const DUPLICATE_DEPTH = 3;

/**
 * Looks through JSON text once, before it is parsed, for what a parser would let pass: nesting that exhausts the stack,
 * and keys that stand twice in one object, where two readers could see two different manifests. Answers what is wrong.
 * The text's syntax is left to the parser.
 */
export function findJsonTrap(text: string): string | undefined {
  const keysAt: (Set<string> | undefined)[] = [];
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      const twice = noteKey(keysAt[depth], { text, start: at, end });
      if (twice !== undefined) return `the key "${twice.slice(0, 100)}" stands twice in one object`;
      at = end - 1;
      continue;
    }
    depth = Math.max(0, depth + depthChange(code));
    if (depth > DEPTH_LIMIT) return `it is nested deeper than ${DEPTH_LIMIT} levels`;
    openScope(keysAt, { depth, code });
  }
  return undefined;
}

/** An object near the top gets a fresh set of keys; a list, and whatever lies deeper, has none. */
function openScope(
  keysAt: (Set<string> | undefined)[],
  scope: { depth: number; code: number },
): void {
  if (scope.code === OPEN_LIST) keysAt[scope.depth] = undefined;
  if (scope.code !== OPEN_OBJECT) return;
  keysAt[scope.depth] = scope.depth <= DUPLICATE_DEPTH ? new Set() : undefined;
}

/** Remembers a string that is a key; answers it if it was there before. */
function noteKey(
  keys: Set<string> | undefined,
  string: { text: string; start: number; end: number },
): string | undefined {
  if (keys === undefined || !isKey(string.text, string.end)) return undefined;
  const key = readKey(string.text.slice(string.start, string.end));
  if (keys.has(key)) return key;
  keys.add(key);
  return undefined;
}

function depthChange(code: number): -1 | 0 | 1 {
  if (code === OPEN_OBJECT || code === OPEN_LIST) return 1;
  return code === CLOSE_OBJECT || code === CLOSE_LIST ? -1 : 0;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

/** The position after the closing quote. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at += 2;
    else if (code === QUOTE) return at + 1;
    else at += 1;
  }
  return text.length;
}

/** `"a"` and `"\u0061"` are one key. A string the parser will refuse stands for itself. */
function readKey(quoted: string): string {
  if (!quoted.includes("\\")) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    // The whole text is parsed after this look, and refused there with the parser's own words.
    return quoted;
  }
}

function isKey(text: string, from: number): boolean {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at += 1;
  return text.charCodeAt(at) === COLON;
}
