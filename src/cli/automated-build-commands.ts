import { z } from "zod";
import {
  BUILD_PATHS,
  buildPage,
  keptBuildRules,
  newBuilds,
  splitRule,
} from "../contract/builds.ts";
import { printable } from "../lib/printable.ts";
import { apiCommand, nothing, segment, table } from "./api-command.ts";
import { readBuildArgs } from "./build-args.ts";
import { BUILD_RUN_COMMANDS } from "./build-run-commands.ts";
import { type Command, CommandError } from "./command.ts";
import { followBuild } from "./follow-build.ts";
import { addConnectionOptions, connect } from "./hub-connection.ts";
import { repositoryPath } from "./repository-path.ts";

const setOptions = z.object({
  rule: z.array(z.string()).default([]),
  context: z.string().optional(),
  dockerfile: z.string().optional(),
  paths: z.array(z.string()).optional(),
  cache: z.boolean().default(true),
  hooks: z.boolean().default(true),
  autotest: z.enum(["off", "internal", "external"]).optional(),
  buildArg: z.array(z.string()).default([]),
  secret: z.array(z.string()).optional(),
  target: z.string().optional(),
  platform: z.array(z.string()).optional(),
  schedule: z.string().optional(),
});

type Rules = z.output<typeof keptBuildRules>;

function showRules({ rules, warnings = [] }: Rules): readonly string[] {
  return [
    ...table([
      ["TYPE", "SOURCE", "TAGS", "CONTEXT", "DOCKERFILE", "SCHEDULE"],
      ...rules.map((rule) => {
        const { context = "/", dockerfile = "Dockerfile", schedule = "" } = rule;
        const { sourceType, source, dockerTag } = rule;
        return [sourceType, source, dockerTag, context, dockerfile, schedule].map(printable);
      }),
    ]),
    ...warnings.map((warning) => `warning: ${printable(warning)}`),
  ];
}

const showCommand = apiCommand({
  name: "build rules show",
  summary: "show which pushes to Git become which tags of a repository",
  describe: (line) => line.argument("<name>", "such as acme/api"),
  plan: ({ operands: [name] }) => ({
    line: `GET ${BUILD_PATHS.rules}/${repositoryPath(name)}`,
    answer: keptBuildRules,
  }),
  show: showRules,
});

const setCommand = apiCommand({
  name: "build rules set",
  summary: "say which pushes to Git become which tags of a repository",
  description:
    "Replaces all build rules of a repository; without --rule, nothing is built. Rules are written as for berth build rules preview,\n" +
    "and the other options hold for all of them.",
  describe: (line) =>
    line
      .argument("<name>", "such as acme/api")
      .option("--rule <rule...>", "TYPE:SOURCE=TAGS; may be given several times")
      .option("--context <path>", "the build context, from the root of the repository")
      .option("--dockerfile <path>", "where the Dockerfile is, from the context")
      .option("--paths <glob...>", "build only if one of these files changed; ! leaves files out")
      .option("--no-cache", "use no layers of builds before")
      .option(
        "--autotest <whose>",
        "build pull requests, too: internal, or external as well (default: off)",
      )
      .option("--no-hooks", "leave the hooks and tests of the repository alone")
      .option(
        "--build-arg <name=value...>",
        "build arguments, which everybody can read in the image",
      )
      .option(
        "--secret <name...>",
        "secrets of the repository that RUN --mount=type=secret may show",
      )
      .option("--target <stage>", "the stage to build (default: the last)")
      .option("--platform <platform...>", "such as linux/arm64 (default: the builder's own)")
      .option("--schedule <cron>", 'build at these times, too: such as "0 3 * * 1", in UTC'),
  plan: ({ operands: [name], options }) => {
    const { rule, cache, hooks, buildArg, secret, platform, ...rest } = setOptions.parse(options);
    const args = buildArg.length === 0 ? undefined : readBuildArgs(buildArg);
    const shared = { ...rest, args, secrets: secret, platforms: platform };
    const rules = rule.map((text) => {
      const parts = splitRule(text);
      if (parts !== undefined)
        return { ...parts, ...shared, caching: cache, ...(hooks ? {} : { hooks }) };
      throw new CommandError("usage", `"${text}" is no rule: write branch:SOURCE=TAGS`);
    });
    return {
      line: `PUT ${BUILD_PATHS.rules}/${repositoryPath(name)}`,
      body: { rules },
      answer: keptBuildRules,
    };
  },
  show: showRules,
});

const triggerCommand = apiCommand({
  name: "build trigger",
  summary: "build a branch or tag that was pushed before",
  describe: (line) =>
    line
      .argument("<name>", "such as acme/api")
      .requiredOption("--ref <ref>", "refs/heads/BRANCH or refs/tags/TAG"),
  plan: ({ operands: [name], options }) => ({
    line: `POST ${BUILD_PATHS.of}/${repositoryPath(name)}`,
    body: z.object({ ref: z.string() }).parse({ ref: options.ref }),
    answer: newBuilds,
  }),
  show: ({ items }) =>
    items.map(({ id, tags }) => `build ${id} of ${tags.join(", ")} waits: berth build logs ${id}`),
});

const listCommand = apiCommand({
  name: "build list",
  summary: "list the latest builds of a repository",
  describe: (line) => line.argument("<name>", "such as acme/api"),
  plan: ({ operands: [name] }) => ({
    line: `GET ${BUILD_PATHS.of}/${repositoryPath(name)}`,
    answer: buildPage,
  }),
  show: ({ items }) =>
    table([
      ["ID", "STATE", "REF", "COMMIT", "TAGS", "BY", "WHY"],
      ...items.map(({ id, state, ref, commit, tags, startedBy, why = "-" }) => [
        ...[String(id), state, printable(ref), commit.slice(0, 7), tags.join(",")],
        ...[startedBy, printable(why)],
      ]),
    ]),
});

const cancelCommand = apiCommand({
  name: "build cancel",
  summary: "end a build at once",
  describe: (line) => line.argument("<id>", "as berth build list shows it"),
  plan: (typed) => ({
    line: `POST ${BUILD_PATHS.one}/${segment(typed, 0)}/cancel`,
    answer: nothing,
  }),
  show: () => ["cancelled"],
});

const logsCommand: Command = {
  name: "build logs",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("show what a build prints, until it ends")
      .description("Shows what a build prints, until it ends. Ends with 1 unless it succeeded.")
      .argument("<id>", "as berth build list shows it")
      .option("-f, --follow", "until it ends; so without it", true),
  run: async (invocation) => {
    await using hub = await connect(invocation);
    return await followBuild(hub, invocation, segment(invocation, 0));
  },
};

export const AUTOMATED_BUILD_COMMANDS: readonly Command[] = [
  showCommand,
  setCommand,
  triggerCommand,
  listCommand,
  logsCommand,
  cancelCommand,
  ...BUILD_RUN_COMMANDS,
];
