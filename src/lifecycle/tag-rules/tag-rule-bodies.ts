import type { z } from "zod";
import type { tagRules } from "../../contract/tag-rules.ts";
import type { TagRefusal } from "./judge.ts";
import {
  ANY_FORMAT,
  type FormatRule,
  type ImmutableRule,
  type InForce,
  NOTHING_IMMUTABLE,
} from "./rules.ts";
import type { RulePlace, RulesAt } from "./tag-rules.ts";
import type { Trial } from "./trials.ts";

type Body = z.input<typeof tagRules>;

export function toTagRulesBody(place: RulePlace, { inForce, own }: RulesAt): Body {
  const { format, immutable } = inForce;
  return {
    format: { ...toFormat(format?.body ?? ANY_FORMAT), from: toFrom(place, format) },
    immutable: {
      ...toImmutable(immutable?.body ?? NOTHING_IMMUTABLE),
      from: toFrom(place, immutable),
    },
    own: {
      ...(own.format && { format: { ...toFormat(own.format.body), locked: own.format.isLocked } }),
      ...(own.immutable && {
        immutable: { ...toImmutable(own.immutable.body), locked: own.immutable.isLocked },
      }),
    },
  };
}

function toFrom({ name }: RulePlace, rule: InForce<unknown> | undefined): Body["format"]["from"] {
  if (rule === undefined) return null;
  const { level, isLocked: locked } = rule;
  if (level === "hub") return { level, name: "hub", locked };
  const [namespace = ""] = name.split("/", 1);
  return { level, name: level === "namespace" ? namespace : name, locked };
}

function toFormat({ allow }: FormatRule) {
  return { allow: [...allow] };
}

function toImmutable({ isEnabled: enabled, patterns }: ImmutableRule) {
  return { enabled, patterns: [...patterns] };
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
