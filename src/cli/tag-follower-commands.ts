import type { Command as CommandLine } from "commander";
import { z } from "zod";
import { tagRules } from "../contract/tag-rules.ts";
import { apiCommand } from "./api-command.ts";
import { type Command, CommandError } from "./command.ts";
import { describeFrom, pathOf, type Rules } from "./tag-rule-words.ts";

const aliasKind = z.enum(["minor", "major", "latest"]);
type AliasKind = z.output<typeof aliasKind>;

/** Those of every level, among the options of other rules. */
export const followerOptions = z.object({
  aliases: z.array(aliasKind).optional(),
  withoutAliases: z.boolean().default(false),
  assemble: z.array(z.string()).optional(),
  notAssembled: z.boolean().default(false),
});

export function addFollowerOptions(line: CommandLine): CommandLine {
  return line
    .option(
      "--aliases <kind...>",
      "minor, major, latest: a push of the release 1.4.2 moves 1.4, 1 and latest forward",
    )
    .option("--without-aliases", "none of them, whatever the levels above say")
    .option(
      "--assemble <suffix...>",
      "amd64 arm64: 1.4.2 appears once 1.4.2-amd64 and 1.4.2-arm64 are there",
    )
    .option("--not-assembled", "no tag is, whatever the levels above say");
}

export function readAliases(options: z.output<typeof followerOptions>) {
  const { aliases, withoutAliases } = options;
  if (aliases !== undefined && withoutAliases) {
    throw new CommandError("usage", "say one of --aliases and --without-aliases");
  }
  return aliases === undefined && !withoutAliases ? undefined : toAliases(aliases ?? []);
}

export function readAssembled(options: z.output<typeof followerOptions>) {
  const { assemble, notAssembled } = options;
  if (assemble !== undefined && notAssembled) {
    throw new CommandError("usage", "say one of --assemble and --not-assembled");
  }
  return assemble === undefined && !notAssembled ? undefined : { suffixes: assemble ?? [] };
}

/** Their rows in the table of all rules. */
export function showFollowers({ aliases, assembled }: Rules): readonly (readonly string[])[] {
  return [
    ["aliases", kindsOf(aliases).join(", ") || "none", describeFrom(aliases.from)],
    ["assembled", assembled.suffixes.join(", ") || "none", describeFrom(assembled.from)],
  ];
}

const wishes = z.object({ off: z.boolean().default(false), inherit: z.boolean().default(false) });

const aliasesCommand = apiCommand({
  name: "repo aliases",
  summary: "show or change which tags of a repository follow its newest release",
  description:
    "Shows which tags the registry moves forward when a release is pushed, and which level says so. With kinds (minor, major,\n" +
    "latest), changes it: a push of 1.4.2 moves 1.4, 1 and latest, by the order of versions and never backwards.",
  describe: (line) =>
    addWishes(
      line.argument("<name>", "such as acme/api").argument("[kind...]", "minor, major, latest"),
    ),
  plan: (typed) => {
    const kinds = z.array(aliasKind).safeParse(typed.operands.slice(1));
    if (!kinds.success) throw new CommandError("usage", "the kinds are minor, major and latest");
    const wish = wishOf(wishes.parse(typed.options), kinds.data);
    const line = { line: `${wish === "show" ? "GET" : "PUT"} ${pathOf(typed)}`, answer: tagRules };
    if (wish === "show") return line;
    return { ...line, body: { aliases: wish === "inherit" ? null : toAliases(kinds.data) } };
  },
  show: ({ aliases }, { operands: [name = ""] }) => {
    const kinds = kindsOf(aliases);
    if (kinds.length === 0) return [`no tag of ${name} follows its releases`];
    return [
      `tags of ${name} that follow its newest release: ${kinds.map((kind) => EXAMPLES[kind]).join(", ")}`,
      `said by ${describeFrom(aliases.from)}`,
    ];
  },
});

const assembleCommand = apiCommand({
  name: "repo assemble",
  summary: "show or change of which tags of a repository one for several platforms is made",
  description:
    "Shows which platforms make one tag, and which level says so. With suffixes (such as amd64 arm64 arm-v7), changes it: once\n" +
    "1.4.2-amd64, 1.4.2-arm64 and 1.4.2-arm-v7 are pushed, 1.4.2 is an index of them.",
  describe: (line) =>
    addWishes(
      line.argument("<name>", "such as acme/api").argument("[suffix...]", "such as amd64 arm64"),
    ),
  plan: (typed) => {
    const suffixes = typed.operands.slice(1);
    const wish = wishOf(wishes.parse(typed.options), suffixes);
    const line = { line: `${wish === "show" ? "GET" : "PUT"} ${pathOf(typed)}`, answer: tagRules };
    if (wish === "show") return line;
    return { ...line, body: { assembled: wish === "inherit" ? null : { suffixes } } };
  },
  show: ({ assembled: { suffixes, from } }, { operands: [name = ""] }) => {
    if (suffixes.length === 0) return [`no tag of ${name} is assembled`];
    const parts = suffixes.map((suffix) => `1.4.2-${suffix}`).join(" and ");
    return [`tags of ${name} are assembled: 1.4.2 of ${parts}`, `said by ${describeFrom(from)}`];
  },
});

export const TAG_FOLLOWER_COMMANDS: readonly Command[] = [aliasesCommand, assembleCommand];

const EXAMPLES: Readonly<Record<AliasKind, string>> = {
  minor: "1.4 (minor)",
  major: "1 (major)",
  latest: "latest",
};

function addWishes(line: CommandLine): CommandLine {
  return line
    .option("--off", "none, whatever the levels above say")
    .option("--inherit", "say nothing about it any more: what the levels above say holds");
}

function wishOf(
  { off, inherit }: z.output<typeof wishes>,
  named: readonly string[],
): "show" | "set" | "inherit" {
  if ([off, inherit, named.length > 0].filter(Boolean).length > 1) {
    throw new CommandError("usage", "say what to set, or one of --off and --inherit");
  }
  if (inherit) return "inherit";
  return off || named.length > 0 ? "set" : "show";
}

function toAliases(kinds: readonly AliasKind[]) {
  const [minor, major, latest] = aliasKind.options.map((kind) => kinds.includes(kind));
  return { minor, major, latest };
}

function kindsOf(aliases: Rules["aliases"]): readonly AliasKind[] {
  return aliasKind.options.filter((kind) => aliases[kind]);
}
