import { PROBLEMS } from "../../contract/problems.ts";
import { compilePattern, type LinearPattern, PatternError } from "../../lib/linear-pattern.ts";
import { parsePlatformSuffix } from "../../lib/platform-suffix.ts";
import { isTag, type Tag } from "../../oci/tag.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import {
  type AliasRule,
  ANY_FORMAT,
  type FormatRule,
  type ImmutableRule,
  type LevelRules,
  NOTHING_IMMUTABLE,
  type ProtectedRule,
  type RuleBodies,
  type RuleKind,
  type Said,
} from "./rules.ts";
import { parseTagFormat } from "./tag-format.ts";

const LINES = 32;
/** Steps that all patterns of a rule cost for each character of a tag: a push waits for them, and others wait for the push. */
const SIZE = 1500;

interface Lockable {
  readonly locked?: boolean | undefined;
}

/** What somebody wants to say at one level: what is left away stays, null takes back what was said. */
export interface RuleChange {
  readonly format?: ({ readonly allow: readonly string[] } & Lockable) | null | undefined;
  readonly immutable?:
    | ({
        readonly enabled: boolean;
        readonly patterns?: readonly string[] | undefined;
        readonly youngerThanSeconds?: number | null | undefined;
        readonly untilRetention?: boolean | undefined;
      } & Lockable)
    | null
    | undefined;
  readonly protected?:
    | ({ readonly lines: readonly ProtectionWish[] } & Lockable)
    | null
    | undefined;
  readonly aliases?: (AliasRule & Lockable) | null | undefined;
  readonly assembled?: ({ readonly suffixes: readonly string[] } & Lockable) | null | undefined;
}

export interface ProtectionWish {
  readonly tags: string;
  /** As somebody writes names; null and left away: whoever may anyway. */
  readonly push?: readonly string[] | null | undefined;
  readonly delete?: readonly string[] | null | undefined;
}

export type RuleEdit = {
  readonly kind: RuleKind;
  readonly before: Said<RuleBodies[RuleKind]> | undefined;
  readonly after: Said<RuleBodies[RuleKind]> | undefined;
};

/** Throws PATTERN_INVALID for what cannot be a rule. */
export function assertChange(change: RuleChange): void {
  const { format, immutable, protected: held, assembled } = change;
  for (const lines of [format?.allow ?? [], immutable?.patterns ?? []]) {
    if (lines.length > LINES) throw unfit(`a rule has at most ${LINES} patterns`);
  }
  assertSize((format?.allow ?? []).map(measureFormat));
  assertSize((immutable?.patterns ?? []).map((source) => parsePattern(source).size));
  for (const { tags } of held?.lines ?? []) assertGlob(tags);
  assertSuffixes(assembled?.suffixes ?? []);
}

function assertGlob(text: string): void {
  if (parseTagFormat(`glob:${text}`) !== undefined) return;
  throw unfit(`${JSON.stringify(text)} is no glob of tags, such as v*`);
}

/** One image for each platform, and names that say which. */
function assertSuffixes(suffixes: readonly string[]): void {
  if (suffixes.length === 1) throw unfit("it takes two platforms or more to assemble a tag");
  const names = new Map<string, string>();
  for (const suffix of suffixes) {
    const platform = parsePlatformSuffix(suffix);
    if (platform === undefined) {
      throw unfit(`${JSON.stringify(suffix)} names no platform, such as amd64, arm64 or arm-v7`);
    }
    const { os = "linux", architecture, variant = "" } = platform;
    const key = `${os}/${architecture}/${variant}`;
    const other = names.get(key);
    if (other !== undefined) throw unfit(`${other} and ${suffix} name the same platform`);
    names.set(key, suffix);
  }
}

function assertSize(sizes: readonly number[]): void {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total > SIZE) throw unfit("the patterns are too large together: repeat less, or use fewer");
}

function measureFormat(line: string): number {
  const parsed = parseTagFormat(line);
  if (parsed === undefined) {
    const detail = `${JSON.stringify(line)} says nothing about tags: write semver, environment, architecture, glob:release-* or regex:v[0-9]+`;
    throw unfit(detail);
  }
  return parsed.kind === "regex" ? parsePattern(parsed.pattern).size : 1;
}

/** What becomes of what the level says; whom the change names was found before. */
export function editRules(
  own: LevelRules,
  change: RuleChange,
  protections: ProtectedRule,
): readonly RuleEdit[] {
  const edits: RuleEdit[] = [];
  if (change.format !== undefined) {
    const after = change.format && toSaid(toFormat(change.format), change.format, own.format);
    edits.push({ kind: "format", before: own.format, after: after ?? undefined });
  }
  if (change.immutable !== undefined) {
    const { immutable } = own;
    const known = immutable?.body ?? NOTHING_IMMUTABLE;
    const after =
      change.immutable && toSaid(toImmutable(change.immutable, known), change.immutable, immutable);
    edits.push({ kind: "immutable", before: immutable, after: after ?? undefined });
  }
  if (change.protected !== undefined) {
    const after = change.protected && toSaid(protections, change.protected, own.protected);
    edits.push({ kind: "protected", before: own.protected, after: after ?? undefined });
  }
  return [...edits, ...editFollowers(own, change)];
}

function editFollowers(own: LevelRules, { aliases, assembled }: RuleChange): readonly RuleEdit[] {
  const edits: RuleEdit[] = [];
  if (aliases !== undefined) {
    const after = aliases && toSaid(toAliases(aliases), aliases, own.aliases);
    edits.push({ kind: "aliases", before: own.aliases, after: after ?? undefined });
  }
  if (assembled !== undefined) {
    const { suffixes } = assembled ?? { suffixes: [] };
    const after = assembled && toSaid({ suffixes }, assembled, own.assembled);
    edits.push({ kind: "assembled", before: own.assembled, after: after ?? undefined });
  }
  return edits;
}

/** A lock stays as it is unless the change speaks of it. */
function toSaid<Body>(
  body: Body,
  { locked }: Lockable,
  before: Said<unknown> | undefined,
): Said<Body> {
  return { body, isLocked: locked ?? before?.isLocked ?? false };
}

function toFormat({ allow }: { readonly allow: readonly string[] }): FormatRule {
  return { ...ANY_FORMAT, allow: unique(allow) };
}

function toAliases({ minor, major, latest }: AliasRule): AliasRule {
  return { minor, major, latest };
}

function toImmutable(
  wish: NonNullable<RuleChange["immutable"]>,
  known: ImmutableRule,
): ImmutableRule {
  const seconds = wish.youngerThanSeconds;
  return {
    isEnabled: wish.enabled,
    patterns: unique(wish.patterns ?? known.patterns),
    youngerThanMs: seconds === undefined ? known.youngerThanMs : toMs(seconds),
    isUntilRetention: wish.untilRetention ?? known.isUntilRetention,
  };
}

function toMs(seconds: number | null): number | undefined {
  return seconds === null ? undefined : seconds * 1000;
}

function unique(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)];
}

/** Throws NAME_INVALID. */
export function parseTagName(text: string): Tag {
  if (isTag(text)) return text;
  const detail = `no tag can be called ${JSON.stringify(text)}`;
  throw new ProblemError(PROBLEMS.NAME_INVALID, { detail });
}

/** Throws PATTERN_INVALID. */
export function parsePattern(source: string): LinearPattern {
  try {
    return compilePattern(source);
  } catch (cause) {
    if (cause instanceof PatternError) throw unfit(cause.message, cause);
    throw cause;
  }
}

export function unfit(detail: string, cause?: unknown): ProblemError {
  return new ProblemError(PROBLEMS.PATTERN_INVALID, { detail, cause });
}
