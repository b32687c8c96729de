interface Level {
  /** Steps of what was read since the group began. */
  total: number;
  /** Of them, those of the last atom, which a repetition multiplies. */
  last: number;
}

const REPEAT = /\{(\d{1,4})(,?)(\d{0,4})\}/y;
const NAMED = /\\(?:[pP]\{[^}]*\}|x\{[^}]*\}|[pP].|x..)/suy;

/**
 * How many steps a regular expression of RE2's syntax has at most once its repetitions are written out, from its text
 * alone: building it to find out takes a second for a pattern that is made for that. Infinity for what nests too deep.
 */
export function estimatePatternSize(source: string): number {
  const levels: Level[] = [{ total: 2, last: 0 }];
  for (let at = 0; at < source.length; ) {
    const level = levels.at(-1);
    if (level === undefined) return Number.POSITIVE_INFINITY;
    const repeat = readRepeat(source, at);
    if (repeat !== undefined) {
      const added = level.last * repeat.times;
      level.total += added;
      level.last += added;
      at = repeat.end;
      continue;
    }
    at = readOther(levels, source, at);
  }
  return levels.reduce((sum, { total }) => sum + total, 0);
}

/** A quantifier, and how many more times it writes down what stands before it. */
function readRepeat(source: string, at: number): { times: number; end: number } | undefined {
  const character = source[at];
  if (character === "*" || character === "+" || character === "?") return { times: 1, end: at + 1 };
  REPEAT.lastIndex = at;
  const match = REPEAT.exec(source);
  if (match === null) return undefined;
  const [, least = "", comma, most = ""] = match;
  const copies = Math.max(Number(least) + (comma === "" ? 0 : 1), Number(most));
  // Each of the copies that need not be there costs a step of its own.
  return { times: 2 * copies, end: REPEAT.lastIndex };
}

/** Groups, and whatever is an atom. */
function readOther(levels: Level[], source: string, at: number): number {
  const character = source[at];
  if (character === "(") {
    levels.push({ total: 2, last: 0 });
    return at + 1;
  }
  if (character === ")" && levels.length > 1) {
    const { total } = levels.pop() ?? { total: 0 };
    add(levels, total);
    return at + 1;
  }
  const end = endOfAtom(source, at);
  // Quoted text is many atoms; a repetition behind it is of the last one.
  for (let rest = character === "\\" ? end - at - 1 : 1; rest > 0; rest -= 1) add(levels, 1);
  return end;
}

function add(levels: readonly Level[], steps: number): void {
  const level = levels.at(-1);
  if (level === undefined) return;
  level.total += steps + 1;
  level.last = steps + 1;
}

function endOfAtom(source: string, at: number): number {
  if (source[at] === "[") return endOfClass(source, at);
  if (source[at] !== "\\") return at + 1;
  if (source.startsWith("\\Q", at)) {
    const end = source.indexOf("\\E", at + 2);
    return end < 0 ? source.length : end + 2;
  }
  NAMED.lastIndex = at;
  return NAMED.test(source) ? NAMED.lastIndex : at + 2;
}

function endOfClass(source: string, at: number): number {
  let next = at + 1;
  if (source[next] === "^") next += 1;
  // A bracket that comes first stands for itself.
  if (source[next] === "]") next += 1;
  while (next < source.length && source[next] !== "]") {
    const named = source.startsWith("[:", next) ? source.indexOf(":]", next + 2) : -1;
    if (named >= 0) next = named + 2;
    else if (source[next] === "\\") next += 2;
    else next += 1;
  }
  return next + 1;
}
