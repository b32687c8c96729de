import type { Command as CommandLine } from "commander";
import { z } from "zod";
import { namespaceRulesPath, TAG_RULES_PATH, tagRules } from "../contract/tag-rules.ts";
import { parseDuration } from "../lib/duration.ts";
import { apiCommand, segment, table } from "./api-command.ts";
import { type Command, CommandError } from "./command.ts";
import {
  addFollowerOptions,
  followerOptions,
  readAliases,
  readAssembled,
  showFollowers,
} from "./tag-follower-commands.ts";
import { describeFrom, pathOf, type Rules } from "./tag-rule-words.ts";

const immutableOptions = z.object({
  all: z.boolean().default(false),
  tags: z.array(z.string()).optional(),
  off: z.boolean().default(false),
});

const immutableCommand = apiCommand({
  name: "repo immutable",
  summary: "show or change which tags of a repository can be neither moved nor deleted",
  description:
    "Shows which tags of a repository are immutable: they can be neither moved nor deleted. With one of the options, changes it.\n" +
    "--tags takes regular expressions (RE2) that describe whole tags, such as 'v.*'. --off keeps them for later.",
  describe: (line) =>
    line
      .argument("<name>", "such as acme/api")
      .option("--all", "all tags, also latest")
      .option("--tags <regex...>", "tags that one of these describes")
      .option("--off", "none"),
  plan: (typed) => {
    const { all, tags, off } = immutableOptions.parse(typed.options);
    const path = pathOf(typed);
    const wishes = [all, tags !== undefined, off].filter(Boolean).length;
    if (wishes > 1) throw new CommandError("usage", "say one of --all, --tags and --off");
    if (wishes === 0) return { line: `GET ${path}`, answer: tagRules };
    const patterns = all ? [] : tags;
    const immutable = { enabled: !off, ...(patterns && { patterns }) };
    return { line: `PUT ${path}`, body: { immutable }, answer: tagRules };
  },
  show: (answer, { operands: [name = ""] }) => showImmutable(answer, name),
});

function showImmutable({ immutable: { enabled, patterns } }: Rules, name: string) {
  if (!enabled) return [`no tag of ${name} is immutable`];
  if (patterns.length === 0) return [`all tags of ${name} are immutable`];
  return [`tags of ${name} are immutable that are like`, ...patterns.map((one) => `  ${one}`)];
}

const ruleOptions = z.object({
  format: z.array(z.string()).optional(),
  anyFormat: z.boolean().default(false),
  immutable: z.array(z.string()).optional(),
  allImmutable: z.boolean().default(false),
  notImmutable: z.boolean().default(false),
  youngerThan: z.string().optional(),
  untilRetention: z.boolean().default(false),
  protect: z.array(z.string()).optional(),
  notProtected: z.boolean().default(false),
  ...followerOptions.shape,
  inherit: z
    .array(z.enum(["format", "immutable", "protected", "aliases", "assembled"]))
    .default([]),
  lock: z.boolean().default(false),
  unlock: z.boolean().default(false),
  try: z.array(z.string()).optional(),
});
type RuleOptions = z.output<typeof ruleOptions>;

/** Those of every level. */
function addRuleOptions(line: CommandLine): CommandLine {
  return addFollowerOptions(line)
    .option(
      "--format <rule...>",
      "only such tags may be pushed: semver, environment, architecture, glob:release-*, regex:v[0-9]+",
    )
    .option("--any-format", "any tag may be pushed, whatever the levels above say")
    .option("--immutable <regex...>", "tags that one of these describes stay what they are")
    .option("--all-immutable", "all tags stay what they are")
    .option("--not-immutable", "no tag does, whatever the levels above say")
    .option(
      "--younger-than <duration>",
      "with --immutable: only so long after each push, such as 30d",
    )
    .option("--until-retention", "with --immutable: retention may remove them, and nobody else")
    .option(
      "--protect <line...>",
      "'v*=team:release,alice': only those push and delete such tags; the first line that fits holds",
    )
    .option("--not-protected", "no tag is, whatever the levels above say")
    .option(
      "--inherit <kind...>",
      "say nothing about format, immutable, protected, aliases or assembled any more",
    );
}

function addLockOptions(line: CommandLine): CommandLine {
  return line
    .option("--lock", "lower levels cannot say otherwise about what is set now")
    .option("--unlock", "they can again");
}

const repositoryRules = apiCommand({
  name: "repo rules",
  summary: "show, try or change the rules about the tags of a repository",
  description:
    "Shows what holds for the tags of a repository and which level says so: the hub, the namespace, or the repository itself. The\n" +
    "nearest wins, unless one above is locked. --try tells what would happen to tags if you pushed or deleted them.",
  describe: (line) =>
    addRuleOptions(line.argument("<name>", "such as acme/api")).option(
      "--try <tag...>",
      "what would happen to these tags",
    ),
  plan: (typed) => {
    const options = ruleOptions.parse(typed.options);
    if (options.try === undefined) return planRules(pathOf(typed), options);
    const query = new URLSearchParams(options.try.map((tag): [string, string] => ["try", tag]));
    return { line: `GET ${pathOf(typed)}?${query}`, answer: tagRules };
  },
  show: (answer) => (answer.trials === undefined ? showRules(answer) : showTrials(answer.trials)),
});

const namespaceRules = apiCommand({
  name: "org rules",
  summary: "show or change the rules about the tags of all repositories of an organization or user",
  describe: (line) =>
    addLockOptions(addRuleOptions(line.argument("<namespace>", "an organization, or a user"))),
  plan: (typed) =>
    planRules(namespaceRulesPath(segment(typed, 0)), ruleOptions.parse(typed.options)),
  show: (answer) => showRules(answer),
});

const hubRules = apiCommand({
  name: "hub rules",
  summary: "show or change the rules about the tags of all repositories",
  describe: (line) => addLockOptions(addRuleOptions(line)),
  plan: (typed) => planRules(TAG_RULES_PATH, ruleOptions.parse(typed.options)),
  show: (answer) => showRules(answer),
});

export const TAG_RULE_COMMANDS: readonly Command[] = [
  immutableCommand,
  repositoryRules,
  namespaceRules,
  hubRules,
];

function planRules(path: string, options: RuleOptions) {
  const { lock, unlock, inherit } = options;
  if (lock && unlock) throw new CommandError("usage", "say one of --lock and --unlock");
  const locked = lock || unlock ? { locked: lock } : {};
  const [format, immutable] = [readFormat(options), readImmutable(options)];
  const held = readProtected(options);
  const [aliases, assembled] = [readAliases(options), readAssembled(options)];
  const body = {
    ...(format && { format: { ...format, ...locked } }),
    ...(immutable && { immutable: { ...immutable, ...locked } }),
    ...(held && { protected: { ...held, ...locked } }),
    ...(aliases && { aliases: { ...aliases, ...locked } }),
    ...(assembled && { assembled: { ...assembled, ...locked } }),
    ...Object.fromEntries(inherit.map((kind) => [kind, null])),
  };
  if (Object.keys(body).length > 0) return { line: `PUT ${path}`, body, answer: tagRules };
  if (lock || unlock) {
    const detail = "--lock and --unlock are about rules that are set in the same command";
    throw new CommandError("usage", detail);
  }
  return { line: `GET ${path}`, answer: tagRules };
}

function readFormat({ format, anyFormat }: RuleOptions) {
  if (format !== undefined && anyFormat)
    throw new CommandError("usage", "say one of --format and --any-format");
  return format === undefined && !anyFormat ? undefined : { allow: format ?? [] };
}

function readImmutable(options: RuleOptions) {
  const { immutable, allImmutable, notImmutable, youngerThan, untilRetention } = options;
  const wishes = [immutable !== undefined, allImmutable, notImmutable].filter(Boolean).length;
  if (wishes > 1) {
    const detail = "say one of --immutable, --all-immutable and --not-immutable";
    throw new CommandError("usage", detail);
  }
  if (wishes === 0) {
    if (youngerThan === undefined && !untilRetention) return undefined;
    const detail = "--younger-than and --until-retention go with --immutable or --all-immutable";
    throw new CommandError("usage", detail);
  }
  if (notImmutable) return { enabled: false };
  const youngerThanSeconds = youngerThan === undefined ? null : parseSeconds(youngerThan);
  return { enabled: true, patterns: immutable ?? [], youngerThanSeconds, untilRetention };
}

function parseSeconds(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 1000)
    throw new CommandError("usage", `"${text}" is no duration, such as 30d`);
  return Math.round(ms / 1000);
}

function readProtected({ protect, notProtected }: RuleOptions) {
  if (protect !== undefined && notProtected)
    throw new CommandError("usage", "say one of --protect and --not-protected");
  if (protect === undefined) return notProtected ? { lines: [] } : undefined;
  const lines = protect.map((line) => {
    const equals = line.indexOf("=");
    if (equals < 1) throw new CommandError("usage", `"${line}" is no line such as v*=team:release`);
    const who = line
      .slice(equals + 1)
      .split(",")
      .filter((name) => name !== "");
    return { tags: line.slice(0, equals), push: who, delete: who };
  });
  return { lines };
}

function showRules(rules: Rules): readonly string[] {
  const { format, immutable, protected: held } = rules;
  const names = {
    format: format.allow.length === 0 ? "any" : format.allow.join(", "),
    immutable: describeImmutable(immutable),
  };
  return table([
    ["RULE", "TAGS", "SAID BY"],
    ["format", names.format, describeFrom(format.from)],
    ["immutable", immutable.enabled ? names.immutable : "none", describeFrom(immutable.from)],
    ...held.lines.map((line) => ["protected", describeLine(line), describeFrom(held.from)]),
    ...(held.lines.length === 0 ? [["protected", "none", describeFrom(held.from)]] : []),
    ...showFollowers(rules),
  ]);
}

function describeImmutable(rule: Rules["immutable"]): string {
  const { patterns, youngerThanSeconds: seconds, untilRetention } = rule;
  const which = patterns.length === 0 ? "all" : patterns.join(", ");
  const life = seconds === null ? "" : ` for ${seconds} s after each push`;
  return `${which}${life}${untilRetention ? " until retention removes them" : ""}`;
}

function describeLine({ tags, push, delete: deletion }: Rules["protected"]["lines"][number]) {
  const list = (who: readonly string[] | null) =>
    who === null ? "anybody" : who.length === 0 ? "nobody" : who.join(", ");
  if (list(push) === list(deletion)) return `${tags}: ${list(push)}`;
  return `${tags}: push ${list(push)}; delete ${list(deletion)}`;
}

function showTrials(trials: NonNullable<Rules["trials"]>): readonly string[] {
  return trials.flatMap(({ tag, exists, push, delete: deletion }) => [
    `${tag}: ${describeVerdict(exists ? "move" : "push", push)}`,
    ...(exists ? [`${tag}: ${describeVerdict("delete", deletion)}`] : []),
  ]);
}

function describeVerdict(
  deed: string,
  { allowed, why = "" }: { readonly allowed: boolean; readonly why?: string | undefined },
): string {
  return allowed ? `${deed} allowed` : `${deed} refused: ${why}`;
}
