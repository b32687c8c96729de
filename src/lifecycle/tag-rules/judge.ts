import type { RepositoryName } from "../../oci/name.ts";
import type { Tag } from "../../oci/tag.ts";
import type { TagMover, TagWish } from "../../registry/index.ts";
import { findNearestTag } from "./nearest-tag.ts";
import type { Patterns } from "./patterns.ts";
import type { FormatRule, ImmutableRule, InForce, RuleLevel, RulesInForce } from "./rules.ts";
import { describeFormat, fitsFormat, parseTagFormat, type TagFormat } from "./tag-format.ts";

/** What is asked about one tag. */
export interface Question {
  readonly repository: RepositoryName;
  readonly tag: Tag;
  readonly deed: TagWish["deed"];
  readonly by: TagMover;
}

export interface TagRefusal {
  readonly code: "TAG_FORMAT" | "TAG_IMMUTABLE";
  /** For whoever reads the output of docker. */
  readonly message: string;
  readonly nearest?: Tag | undefined;
}

/** What says no, if anything does. */
export function judge(
  rules: RulesInForce,
  question: Question,
  patterns: Patterns,
): TagRefusal | undefined {
  return (
    (rules.format && judgeFormat(rules.format, question, patterns)) ??
    (rules.immutable && judgeImmutable(rules.immutable, question, patterns))
  );
}

/** Holds pushes. What the registry itself makes of them has names that an admin chose. */
function judgeFormat(
  { body, level }: InForce<FormatRule>,
  { repository, tag, deed, by }: Question,
  patterns: Patterns,
): TagRefusal | undefined {
  if (deed === "delete" || by.kind === "follower" || body.allow.length === 0) return undefined;
  const formats = body.allow.map(readFormat);
  if (formats.some((format) => fitsFormat(format, tag, patterns))) return undefined;
  const nearest = findNearestTag(tag, formats, patterns);
  const whose = level === "repository" ? "" : ` of ${nameLevel(level, repository)}`;
  const [only] = body.allow;
  const [format] = formats;
  const wants =
    body.allow.length === 1 && format !== undefined
      ? `rule "${only}"${whose} wants ${describeFormat(format)}`
      : `the rules${whose} allow ${body.allow.map((one) => `"${one}"`).join(", ")}`;
  const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  const message = `tag "${tag}" of ${repository} is not allowed: ${wants}${hint}`;
  return { code: "TAG_FORMAT", message, nearest };
}

/** What is stored was proven before. */
function readFormat(text: string): TagFormat {
  const format = parseTagFormat(text);
  if (format === undefined) throw new Error(`could not read the rule ${JSON.stringify(text)}`);
  return format;
}

function judgeImmutable(
  { body, level }: InForce<ImmutableRule>,
  { repository, tag, deed }: Question,
  patterns: Patterns,
): TagRefusal | undefined {
  if (deed === "create" || !body.isEnabled) return undefined;
  const found = body.patterns.find((source) => patterns.open(source).matches(tag));
  if (found === undefined && body.patterns.length > 0) return undefined;
  const rule = found === undefined ? "all tags" : `rule ${JSON.stringify(found)}`;
  const who = `${nameKeeper(level, repository)} can change the rule`;
  const message = `tag ${tag} of ${repository} is immutable (${rule}) and can be neither moved nor deleted: push another tag, or ${who}`;
  return { code: "TAG_IMMUTABLE", message };
}

/** As a sentence names it. */
function nameLevel(level: RuleLevel, repository: RepositoryName): string {
  if (level === "hub") return "the hub";
  return level === "namespace" ? (repository.split("/", 1)[0] ?? "") : repository;
}

function nameKeeper(level: RuleLevel, repository: RepositoryName): string {
  const name = nameLevel(level, repository);
  if (level === "hub") return "an administrator of the hub";
  return level === "namespace" ? `an owner of ${name}` : `an admin of ${name}`;
}
