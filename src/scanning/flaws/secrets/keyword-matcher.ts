const ALPHABET = 256;

/**
 * Finds where any of many keywords stands in one pass over the bytes, whatever their number (Aho and Corasick, 1975), without regard
 * to ASCII case. Calls `found` with the keyword's index and the position after it.
 */
export function createKeywordMatcher(
  keywords: readonly string[],
): (content: Uint8Array, found: (keyword: number, end: number) => void) => void {
  const { next, outputs } = buildAutomaton(keywords);
  return (content, found) => {
    let state = 0;
    for (let at = 0; at < content.length; at += 1) {
      state = next[state * ALPHABET + (content[at] ?? 0)] ?? 0;
      const output = outputs[state];
      if (output !== undefined) for (const keyword of output) found(keyword, at + 1);
    }
  };
}

interface Automaton {
  /** The next state by state and byte. */
  readonly next: Uint16Array;
  /** Keywords that end in a state; undefined for most, so that the loop has one comparison a byte. */
  readonly outputs: readonly (readonly number[] | undefined)[];
}

function buildAutomaton(keywords: readonly string[]): Automaton {
  const bytes = keywords.map((keyword) => Buffer.from(keyword.toLowerCase()));
  const size = 1 + bytes.reduce((sum, { length }) => sum + length, 0);
  if (size > 65_535) throw new Error("there are too many keywords for states of 16 bits");
  const next = new Uint16Array(size * ALPHABET);
  const outputs: (number[] | undefined)[] = Array.from({ length: size });
  let states = 1;
  bytes.forEach((keyword, index) => {
    let state = 0;
    for (const byte of keyword) {
      const at = state * ALPHABET + byte;
      if (next[at] === 0) {
        next[at] = states;
        states += 1;
      }
      state = next[at] ?? 0;
    }
    outputs[state] = [...(outputs[state] ?? []), index];
  });
  completeTransitions(next, outputs);
  return { next, outputs };
}

interface Edge {
  readonly parent: number;
  readonly byte: number;
  readonly child: number;
}

/** Breadth first, so that what is shorter is complete before what is longer falls back to it. */
function listEdges(next: Uint16Array): Edge[] {
  const edges: Edge[] = [];
  const states = [0];
  for (const parent of states) {
    for (let byte = 0; byte < ALPHABET; byte += 1) {
      const child = next[parent * ALPHABET + byte] ?? 0;
      if (child === 0) continue;
      edges.push({ parent, byte, child });
      states.push(child);
    }
  }
  return edges;
}

/** Where a state has no way on, it goes on as the longest proper suffix of it does. */
function completeTransitions(next: Uint16Array, outputs: (number[] | undefined)[]): void {
  const fallback = new Uint16Array(outputs.length);
  const edges = listEdges(next);
  foldCase(next, 0);
  for (const { parent, byte, child } of edges) {
    const suffix = parent === 0 ? 0 : (next[(fallback[parent] ?? 0) * ALPHABET + byte] ?? 0);
    fallback[child] = suffix;
    const inherited = outputs[suffix];
    if (inherited !== undefined) outputs[child] = [...(outputs[child] ?? []), ...inherited];
    fillFrom(next, child, suffix);
    foldCase(next, child);
  }
}

function fillFrom(next: Uint16Array, state: number, suffix: number): void {
  for (let byte = 0; byte < ALPHABET; byte += 1) {
    if (next[state * ALPHABET + byte] !== 0) continue;
    next[state * ALPHABET + byte] = next[suffix * ALPHABET + byte] ?? 0;
  }
}

/** Capitals go where their small letters go. */
function foldCase(next: Uint16Array, state: number): void {
  for (let letter = 0x41; letter <= 0x5a; letter += 1) {
    next[state * ALPHABET + letter] = next[state * ALPHABET + letter + 0x20] ?? 0;
  }
}
