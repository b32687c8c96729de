import type { z } from "zod";
import type { tagRules } from "../../contract/tag-rules.ts";
import type { TagRefusal } from "./judge.ts";
import {
  ANY_FORMAT,
  type AssemblyRule,
  type FormatRule,
  type ImmutableRule,
  type InForce,
  NO_ALIASES,
  NOTHING_ASSEMBLED,
  NOTHING_IMMUTABLE,
  NOTHING_PROTECTED,
  type ProtectedRule,
} from "./rules.ts";
import type { RulePlace, RulesAt, TagRules } from "./tag-rules.ts";
import type { Trial } from "./trials.ts";

type Body = z.input<typeof tagRules>;
type Describe = Pick<TagRules, "describe">;

export async function toTagRulesBody(
  place: RulePlace,
  { inForce, own }: RulesAt,
  rules: Describe,
): Promise<Body> {
  const { format, immutable, protected: held, aliases, assembled } = inForce;
  const fromOf = (rule: InForce<unknown> | undefined) => toFrom(place, rule);
  return {
    format: { ...toFormat(format?.body ?? ANY_FORMAT), from: fromOf(format) },
    immutable: { ...toImmutable(immutable?.body ?? NOTHING_IMMUTABLE), from: fromOf(immutable) },
    protected: {
      ...(await toProtected(held?.body ?? NOTHING_PROTECTED, rules)),
      from: fromOf(held),
    },
    aliases: { ...(aliases?.body ?? NO_ALIASES), from: fromOf(aliases) },
    assembled: { ...toAssembled(assembled?.body ?? NOTHING_ASSEMBLED), from: fromOf(assembled) },
    own: await toOwn(own, rules),
  };
}

async function toOwn(own: RulesAt["own"], rules: Describe) {
  const { format, immutable, protected: held, aliases, assembled } = own;
  return {
    ...(format && { format: { ...toFormat(format.body), locked: format.isLocked } }),
    ...(immutable && {
      immutable: { ...toImmutable(immutable.body), locked: immutable.isLocked },
    }),
    ...(held && { protected: { ...(await toProtected(held.body, rules)), locked: held.isLocked } }),
    ...(aliases && { aliases: { ...aliases.body, locked: aliases.isLocked } }),
    ...(assembled && {
      assembled: { ...toAssembled(assembled.body), locked: assembled.isLocked },
    }),
  };
}

function toFrom({ name }: RulePlace, rule: InForce<unknown> | undefined): Body["format"]["from"] {
  if (rule === undefined) return null;
  const { level, isLocked: locked } = rule;
  if (level === "hub") return { level, name: "hub", locked };
  const [namespace = ""] = name.split("/", 1);
  return { level, name: level === "namespace" ? namespace : name, locked };
}

function toAssembled({ suffixes }: AssemblyRule) {
  return { suffixes: [...suffixes] };
}

function toFormat({ allow }: FormatRule) {
  return { allow: [...allow] };
}

function toImmutable(rule: ImmutableRule) {
  const { isEnabled: enabled, patterns, youngerThanMs, isUntilRetention = false } = rule;
  const youngerThanSeconds = youngerThanMs === undefined ? null : youngerThanMs / 1000;
  return { enabled, patterns: [...patterns], youngerThanSeconds, untilRetention: isUntilRetention };
}

async function toProtected(rule: ProtectedRule, rules: Describe) {
  const lines = await rules.describe(rule);
  return {
    lines: lines.map(({ tags, push, delete: deletion }) => ({
      tags,
      push: push && [...push],
      delete: deletion && [...deletion],
    })),
  };
}

export function toTrialBody(trial: Trial): NonNullable<Body["trials"]>[number] {
  const { tag, exists } = trial;
  return { tag, exists, push: toVerdict(trial.push), delete: toVerdict(trial.delete) };
}

function toVerdict(refusal: TagRefusal | undefined) {
  if (refusal === undefined) return { allowed: true };
  const { message: why, nearest } = refusal;
  return { allowed: false, why, ...(nearest && { nearest }) };
}
