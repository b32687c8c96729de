import type { TagRules, TagRulesChange } from "../../api/retention.ts";

export const RULE_KINDS = ["format", "immutable", "protected", "aliases", "assembled"] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

/** What one level says of its tags, as its form has it: lists are lines. */
export interface TagRuleDraft {
  /** Which rules are said here; the level above says the others. */
  readonly says: Readonly<Record<RuleKind, boolean>>;
  readonly locks: Readonly<Record<RuleKind, boolean>>;
  readonly allow: string;
  readonly isImmutable: boolean;
  readonly patterns: string;
  readonly untilRetention: boolean;
  readonly lines: string;
  readonly aliases: Pick<TagRules["aliases"], "minor" | "major" | "latest">;
  readonly suffixes: string;
}

export function draftOf({ own, ...inForce }: TagRules): TagRuleDraft {
  const said = <Kind extends RuleKind>(kind: Kind) => own[kind] ?? inForce[kind];
  const [format, immutable] = [said("format"), said("immutable")];
  const [aliases, assembled] = [said("aliases"), said("assembled")];
  const { lines } = said("protected");
  return {
    says: each((kind) => own[kind] !== undefined),
    locks: each((kind) => own[kind]?.locked ?? false),
    allow: format.allow.join("\n"),
    isImmutable: immutable.enabled,
    patterns: immutable.patterns.join("\n"),
    untilRetention: immutable.untilRetention,
    lines: lines.map(printLine).join("\n"),
    aliases: { minor: aliases.minor, major: aliases.major, latest: aliases.latest },
    suffixes: assembled.suffixes.join("\n"),
  };
}

/** What to send; `isUpper`: levels are below that may be kept from saying otherwise. */
export function changeOf(draft: TagRuleDraft, isUpper: boolean): TagRulesChange {
  const { says, aliases, isImmutable, untilRetention } = draft;
  const lock = (kind: RuleKind) => (isUpper ? { locked: draft.locks[kind] } : {});
  return {
    format: says.format ? { allow: linesOf(draft.allow), ...lock("format") } : null,
    immutable: says.immutable
      ? {
          ...{ enabled: isImmutable, patterns: linesOf(draft.patterns), untilRetention },
          ...lock("immutable"),
        }
      : null,
    protected: says.protected
      ? { lines: linesOf(draft.lines).map(parseLine), ...lock("protected") }
      : null,
    aliases: says.aliases ? { ...aliases, ...lock("aliases") } : null,
    assembled: says.assembled ? { suffixes: linesOf(draft.suffixes), ...lock("assembled") } : null,
  };
}

/** The first line about protected tags that nobody can read. */
export function findBadLine({ lines }: TagRuleDraft): string | undefined {
  return linesOf(lines).find((line) => {
    const [, ...rest] = line.split(/\s+/);
    return !rest.every((word) => /^(?:push|delete)=/.test(word));
  });
}

type Line = TagRules["protected"]["lines"][number];

function printLine({ tags, push, delete: removal }: Line): string {
  const words = [
    ...(push === null ? [] : [`push=${push.join(",")}`]),
    ...(removal === null ? [] : [`delete=${removal.join(",")}`]),
  ];
  return [tags, ...words].join(" ");
}

function parseLine(line: string): Line {
  const [tags = "", ...rest] = line.split(/\s+/);
  return { tags, push: holdersIn(rest, "push="), delete: holdersIn(rest, "delete=") };
}

function holdersIn(words: readonly string[], start: string): string[] | null {
  const word = words.find((one) => one.startsWith(start));
  if (word === undefined) return null;
  return word
    .slice(start.length)
    .split(",")
    .filter((holder) => holder !== "");
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function each<Value>(of: (kind: RuleKind) => Value): Readonly<Record<RuleKind, Value>> {
  const entries = RULE_KINDS.map((kind) => [kind, of(kind)] as const);
  return Object.fromEntries(entries) as Record<RuleKind, Value>;
}
