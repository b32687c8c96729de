import { z } from "zod";
import { TAG_RULES_PATH, tagRules } from "../contract/tag-rules.ts";
import { apiCommand } from "./api-command.ts";
import { type Command, CommandError, type Invocation } from "./command.ts";

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
  show: ({ immutable: { enabled, patterns } }, { operands: [name = ""] }) => {
    if (!enabled) return [`no tag of ${name} is immutable`];
    if (patterns.length === 0) return [`all tags of ${name} are immutable`];
    return [`tags of ${name} are immutable that are like`, ...patterns.map((one) => `  ${one}`)];
  },
});

export const TAG_RULE_COMMANDS: readonly Command[] = [immutableCommand];

/** The slashes of a name stay what they are. */
function pathOf({ operands }: Invocation): string {
  const [name = ""] = operands;
  return `${TAG_RULES_PATH}/${name.split("/").map(encodeURIComponent).join("/")}`;
}
