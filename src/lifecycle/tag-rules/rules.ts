import type { NamespaceId } from "../../namespaces/index.ts";
import type { TagHolder } from "../../organizations/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";

/** Who says something about tags, from the widest to the nearest. */
export type RuleScope =
  | { readonly kind: "hub"; readonly id: 0 }
  | { readonly kind: "namespace"; readonly id: NamespaceId }
  | { readonly kind: "repository"; readonly id: RepositoryId };
export type RuleLevel = RuleScope["kind"];

export const HUB: RuleScope = { kind: "hub", id: 0 };

/** Which tags may be pushed. */
export interface FormatRule {
  /** As `TagFormat` is written; one of them has to fit. Empty: any tag. */
  readonly allow: readonly string[];
}

/** Which tags stay what they are. */
export interface ImmutableRule {
  readonly isEnabled: boolean;
  /** Regular expressions for whole tags; all tags when there are none. Kept while they are switched off. */
  readonly patterns: readonly string[];
  /** They stay so for this long after they were pushed; without it for good. */
  readonly youngerThanMs?: number | undefined;
  /** Retention may remove them, and nobody else. */
  readonly isUntilRetention?: boolean | undefined;
}

/** Who may push or delete which tags, beside having the right to push and delete at all. */
export interface ProtectedRule {
  /** The first line whose glob fits a tag holds for it. */
  readonly lines: readonly Protection[];
}

export interface Protection {
  readonly tags: string;
  /** Undefined: whoever may push anyway. */
  readonly push: readonly TagHolder[] | undefined;
  readonly delete: readonly TagHolder[] | undefined;
}

/** Which tags the registry moves to the newest release. */
export interface AliasRule {
  /** `1.4` for `1.4.2`. */
  readonly minor: boolean;
  /** `1` for `1.4.2`. */
  readonly major: boolean;
  readonly latest: boolean;
}

/** Of which tags the registry makes one for several platforms. */
export interface AssemblyRule {
  /** `amd64` stands for `1.4.2-amd64`. All of them have to be there; none: nothing is assembled. */
  readonly suffixes: readonly string[];
}

export interface RuleBodies {
  readonly format: FormatRule;
  readonly immutable: ImmutableRule;
  readonly protected: ProtectedRule;
  readonly aliases: AliasRule;
  readonly assembled: AssemblyRule;
}
export type RuleKind = keyof RuleBodies;

/** What one level says. */
export interface Said<Body> {
  readonly body: Body;
  /** What lower levels say does not count. */
  readonly isLocked: boolean;
}
export type LevelRules = { readonly [Kind in RuleKind]?: Said<RuleBodies[Kind]> };

/** What holds, and which level said so. */
export type InForce<Body> = Said<Body> & { readonly level: RuleLevel };
export type RulesInForce = { readonly [Kind in RuleKind]?: InForce<RuleBodies[Kind]> };

/** Of a place about which nothing was said. */
export const ANY_FORMAT: FormatRule = { allow: [] };
export const NOTHING_PROTECTED: ProtectedRule = { lines: [] };
export const NO_ALIASES: AliasRule = { minor: false, major: false, latest: false };
export const NOTHING_ASSEMBLED: AssemblyRule = { suffixes: [] };
export const NOTHING_IMMUTABLE: ImmutableRule = { isEnabled: false, patterns: [] };

const KINDS: readonly RuleKind[] = ["format", "immutable", "protected", "aliases", "assembled"];

/** The nearest level wins, unless a wider one is locked. Levels are given from the widest on. */
export function combineLevels(
  levels: readonly { readonly level: RuleLevel; readonly rules: LevelRules }[],
): RulesInForce {
  const found: { [Kind in RuleKind]?: InForce<RuleBodies[RuleKind]> } = {};
  for (const { level, rules } of levels) {
    for (const kind of KINDS) {
      const said = rules[kind];
      if (said !== undefined && found[kind]?.isLocked !== true) found[kind] = { ...said, level };
    }
  }
  return found as RulesInForce;
}
