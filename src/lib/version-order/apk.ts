/** What a piece of a version is. The order of the list is that of apk-tools' token types (version.c), which decides where one version goes on. */
const KINDS = [
  "invalid",
  "digit-or-zero",
  "digit",
  "letter",
  "suffix",
  "suffix-number",
  "revision",
  "end",
] as const;

type Kind = (typeof KINDS)[number];

interface Token {
  readonly kind: Kind;
  readonly value: number | bigint;
}

const PRE_SUFFIXES = ["alpha", "beta", "pre", "rc"];
const POST_SUFFIXES = ["cvs", "svn", "git", "hg", "p"];

/** The order of Alpine's versions, as apk-tools 2 has it: `1.2.3b_rc4_p5-r6`. */
export function compareApk(a: string, b: string): number {
  const [left, right] = [toTokens(a.trim()), toTokens(b.trim())];
  for (let at = 0; ; at += 1) {
    const [one, other] = [left[at] ?? END, right[at] ?? END];
    if (one.kind !== other.kind) return compareRests(one, other);
    if (ENDS.has(one.kind)) return 0;
    if (one.value !== other.value) return one.value < other.value ? -1 : 1;
  }
}

const ENDS: ReadonlySet<Kind> = new Set(["end", "invalid"]);

/** True for a version as the package policy wants it; apk itself compares others as far as it understands them. */
export function isApkVersion(text: string): boolean {
  return toTokens(text).at(-1)?.kind === "end" && /^\d/.test(text);
}

/** Alike so far: what goes on is newer, but for a suffix that says it comes before a release. */
function compareRests(one: Token, other: Token): number {
  if (one.kind === "suffix" && one.value < 0) return -1;
  if (other.kind === "suffix" && other.value < 0) return 1;
  return KINDS.indexOf(other.kind) - KINDS.indexOf(one.kind);
}

const END: Token = { kind: "end", value: 0 };

function toTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let [rest, kind]: [string, Kind] = [text, "digit"];
  while (!ENDS.has(kind)) {
    const read = readToken(rest, kind);
    tokens.push({ kind, value: read.value });
    rest = rest.slice(read.length);
    const next: Next = read.next ?? findNext(kind, rest);
    kind = next.kind;
    rest = rest.slice(next.length);
  }
  return [...tokens, { kind, value: 0 }];
}

interface Next {
  readonly kind: Kind;
  /** Characters that announce it. */
  readonly length: number;
}

interface Read {
  readonly value: number | bigint;
  readonly length: number;
  /** What follows, where this alone decides it. */
  readonly next?: Next;
}

function readToken(text: string, kind: Kind): Read {
  if (kind === "letter") return { value: text.charCodeAt(0), length: 1 };
  if (kind === "suffix") return readSuffix(text);
  const [zeros = ""] = /^0*/.exec(text) ?? [];
  // After a dot, leading zeros make a fraction: 1.02 comes before 1.1.
  if (kind === "digit-or-zero" && zeros !== "")
    return {
      value: -zeros.length,
      length: zeros.length,
      next: afterZeros(text.slice(zeros.length)),
    };
  const [digits = ""] = /^\d*/.exec(text) ?? [];
  return { value: digits.length > 15 ? BigInt(digits) : Number(digits), length: digits.length };
}

/** Zeros may be all there is. */
function afterZeros(rest: string): Next {
  return { kind: rest === "" ? "end" : "digit", length: 0 };
}

function readSuffix(text: string): Read {
  const pre = PRE_SUFFIXES.findIndex((suffix) => text.startsWith(suffix));
  if (pre >= 0) return { value: pre - PRE_SUFFIXES.length, length: PRE_SUFFIXES[pre]?.length ?? 0 };
  const post = POST_SUFFIXES.findIndex((suffix) => text.startsWith(suffix));
  if (post >= 0) return { value: post, length: POST_SUFFIXES[post]?.length ?? 0 };
  return { value: -1, length: 0, next: { kind: "invalid", length: 0 } };
}

function findNext(kind: Kind, rest: string): Next {
  if (rest === "") return { kind: "end", length: 0 };
  const implied = IMPLIED.find(({ after, begins }) => after.has(kind) && begins.test(rest));
  if (implied !== undefined) return { kind: implied.kind, length: 0 };
  const announced = announce(rest);
  const isInOrder = KINDS.indexOf(announced.kind) >= KINDS.indexOf(kind);
  const mayFollow = isInOrder || GOES_BACK.has(`${kind} ${announced.kind}`);
  return mayFollow ? announced : { kind: "invalid", length: announced.length };
}

/** What needs no separator before it. */
const IMPLIED: readonly { after: ReadonlySet<Kind>; begins: RegExp; kind: Kind }[] = [
  { after: new Set(["digit", "digit-or-zero"]), begins: /^[a-z]/, kind: "letter" },
  { after: new Set(["letter"]), begins: /^\d/, kind: "digit" },
  { after: new Set(["suffix"]), begins: /^\d/, kind: "suffix-number" },
];

const GOES_BACK: ReadonlySet<string> = new Set([
  "digit digit-or-zero",
  "suffix-number suffix",
  "letter digit",
]);

function announce(rest: string): Next {
  if (rest.startsWith(".")) return { kind: "digit-or-zero", length: 1 };
  if (rest.startsWith("_")) return { kind: "suffix", length: 1 };
  if (rest.startsWith("-r")) return { kind: "revision", length: 2 };
  return { kind: "invalid", length: 1 };
}
