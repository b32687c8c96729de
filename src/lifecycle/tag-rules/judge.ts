import type { Kysely } from "kysely";
import { matchesText, type Principal } from "../../access/index.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { Tag } from "../../oci/tag.ts";
import { describeTagHolder, isTagHolder, type TagHolder } from "../../organizations/index.ts";
import type { TagMover, TagWish } from "../../registry/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";
import { findNearestTag } from "./nearest-tag.ts";
import { createPatterns, type Patterns } from "./patterns.ts";
import type {
  FormatRule,
  ImmutableRule,
  InForce,
  ProtectedRule,
  RuleLevel,
  RulesInForce,
} from "./rules.ts";
import { describeFormat, fitsFormat, parseTagFormat, type TagFormat } from "./tag-format.ts";
import { findNamespaceId, findPushTime } from "./tag-rules-store.ts";

type Db = Kysely<LifecycleTables>;

/** What is asked about one tag. */
export interface Question {
  readonly repository: RepositoryName;
  readonly repositoryId: RepositoryId;
  readonly tag: Tag;
  readonly deed: TagWish["deed"];
  readonly by: Asker;
}

/** Where they ask from makes no difference. */
type Asker =
  | Pick<Extract<TagMover, { principal: Principal }>, "kind" | "principal">
  | Exclude<TagMover, { principal: Principal }>;

export interface TagRefusal {
  readonly code: "TAG_FORMAT" | "TAG_PROTECTED" | "TAG_IMMUTABLE";
  /** For whoever reads the output of docker. */
  readonly message: string;
  readonly nearest?: Tag | undefined;
  /** Until when, as far as the rule says so. */
  readonly until?: Date | undefined;
}

/** Says what says no, if anything does. */
export type Judge = (
  db: Db,
  rules: RulesInForce,
  question: Question,
) => Promise<TagRefusal | undefined>;

export function createJudge({ clock }: { readonly clock: () => Date }): Judge {
  const patterns = createPatterns();
  return async (db, rules, question) =>
    (rules.format && judgeFormat(rules.format, question, patterns)) ??
    (rules.protected && (await judgeProtected(db, rules.protected, question))) ??
    (rules.immutable &&
      (await judgeImmutable(db, rules.immutable, { question, patterns, now: clock() })));
}

const EXEMPT: ReadonlySet<TagMover["kind"]> = new Set(["follower", "adoption"]);

/** Holds pushes. What the registry makes of them has names that an admin chose, and what is adopted has its name already. */
function judgeFormat(
  { body, level }: InForce<FormatRule>,
  { repository, tag, deed, by }: Question,
  patterns: Patterns,
): TagRefusal | undefined {
  if (deed === "delete" || EXEMPT.has(by.kind) || body.allow.length === 0) return undefined;
  const formats = body.allow.map(readFormat);
  if (formats.some((format) => fitsFormat(format, tag, patterns))) return undefined;
  const nearest = findNearestTag(tag, formats, patterns);
  const whose = ofLevel(level, repository);
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

async function judgeProtected(
  db: Db,
  { body, level }: InForce<ProtectedRule>,
  question: Question,
): Promise<TagRefusal | undefined> {
  const { repository, tag, deed, by } = question;
  const line = body.lines.find(({ tags }) => matchesText(tags, tag));
  const holders = deed === "delete" ? line?.delete : line?.push;
  if (line === undefined || holders === undefined) return undefined;
  // Taking over what was there takes nothing from anybody; moving what is here would.
  if (by.kind === "adoption" && deed === "create") return undefined;
  if (await isOneOf(db, holders, question)) return undefined;
  const names = await Promise.all(holders.map((holder) => describeTagHolder(db, holder)));
  const who = names.length === 0 ? "nobody" : `only ${names.join(", ")}`;
  const verb = deed === "delete" ? "delete" : "push";
  const asker = "principal" in by ? by.principal.name : by.kind;
  const rule = `line "${line.tags}"${ofLevel(level, repository)}`;
  const message = `tag ${tag} of ${repository} is protected (${rule}): ${who} may ${verb} it, not ${asker}. ${capitalize(nameKeeper(level, repository))} can change the rule`;
  return { code: "TAG_PROTECTED", message };
}

async function isOneOf(
  db: Db,
  holders: readonly TagHolder[],
  { by, repositoryId }: Question,
): Promise<boolean> {
  if (!("principal" in by)) return false;
  const { principal } = by;
  const namespace = await findNamespaceId(db, repositoryId);
  for (const holder of holders) {
    if (await isTagHolder(db, holder, { principal, namespace })) return true;
  }
  return false;
}

async function judgeImmutable(
  db: Db,
  { body, level }: InForce<ImmutableRule>,
  facts: { readonly question: Question; readonly patterns: Patterns; readonly now: Date },
): Promise<TagRefusal | undefined> {
  const { question, patterns, now } = facts;
  const { repository, repositoryId, tag, deed } = question;
  if (deed === "create" || !body.isEnabled) return undefined;
  if (isRelease(body, question)) return undefined;
  const found = body.patterns.find((source) => patterns.open(source).matches(tag));
  if (found === undefined && body.patterns.length > 0) return undefined;
  let until = body.isUntilRetention ? ", until retention removes it" : "";
  let end: Date | undefined;
  if (body.youngerThanMs !== undefined) {
    const pushedAt = await findPushTime(db, repositoryId, tag);
    end = new Date((pushedAt ?? now).getTime() + body.youngerThanMs);
    if (now >= end) return undefined;
    until = `, until ${end.toISOString()}`;
  }
  const rule = found === undefined ? "all tags" : `rule ${JSON.stringify(found)}`;
  const who = `${nameKeeper(level, repository)} can change the rule`;
  const message = `tag ${tag} of ${repository} is immutable (${rule}${until}) and can be neither moved nor deleted: push another tag, or ${who}`;
  return { code: "TAG_IMMUTABLE", message, until: end };
}

/** Retention does what the rule waits for. Where the rule names an age, too, retention waits for that like everybody else. */
function isRelease(
  { isUntilRetention, youngerThanMs }: ImmutableRule,
  { by, deed }: Question,
): boolean {
  if (!isUntilRetention || youngerThanMs !== undefined) return false;
  return by.kind === "retention" && deed === "delete";
}

/** As a sentence names it. */
function nameLevel(level: RuleLevel, repository: RepositoryName): string {
  if (level === "hub") return "the hub";
  return level === "namespace" ? (repository.split("/", 1)[0] ?? "") : repository;
}

function ofLevel(level: RuleLevel, repository: RepositoryName): string {
  return level === "repository" ? "" : ` of ${nameLevel(level, repository)}`;
}

function nameKeeper(level: RuleLevel, repository: RepositoryName): string {
  const name = nameLevel(level, repository);
  if (level === "hub") return "an administrator of the hub";
  return level === "namespace" ? `an owner of ${name}` : `an admin of ${name}`;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
