import { readFile } from "node:fs/promises";
import { z } from "zod";
import {
  buildSource,
  buildSourceList,
  madeBuildSource,
  SOURCE_PATHS,
  SOURCE_PROVIDERS,
} from "../contract/build-sources.ts";
import { printable } from "../lib/printable.ts";
import { apiCommand, nothing, table } from "./api-command.ts";
import { type Command, CommandError } from "./command.ts";
import { repositoryPath } from "./repository-path.ts";

const addOptions = z.object({
  provider: z.enum(SOURCE_PROVIDERS).optional(),
  context: z.string().optional(),
  username: z.string().optional(),
  token: z.boolean().default(false),
  deployKey: z.string().optional(),
  submodules: z.union([z.literal(true), z.array(z.string())]).optional(),
  poll: z.coerce.number().int().min(0).max(1440).optional(),
});

const addCommand = apiCommand({
  name: "build sources add",
  summary: "build a repository from a Git server",
  description:
    "Builds what is pushed to a repository of GitHub, GitLab, Gitea, Forgejo, Bitbucket or another Git server, by the build rules\n" +
    "of the repository. Shows where the server is to send its webhooks, and the secret to sign them with, this once.",
  describe: (line) =>
    line
      .argument("<name>", "such as acme/api")
      .argument("<url>", "https://HOST/PATH, ssh://USER@HOST/PATH or USER@HOST:PATH")
      .option("--provider <provider>", `${SOURCE_PROVIDERS.join(", ")} (default: other)`)
      .option("--token", "ask for the token by which it is read over https")
      .option("--username <name>", "beside the token (default: what the provider takes)")
      .option("--deploy-key <file>", 'private key for ssh, or "new" for one that the hub makes')
      .option("--context <path>", "the build context of rules that name none")
      .option("--submodules [host...]", "fetch submodules of its own server, and of these")
      .option("--poll <minutes>", "look so often, where no webhook comes"),
  plan: async ({ operands: [name, url], options, terminal }) => {
    const { token, deployKey, poll, submodules, ...rest } = addOptions.parse(options);
    const secret = token ? await terminal.askSecret("Token") : undefined;
    if (secret === "") throw new CommandError("usage", "--token: the token is empty");
    const key =
      deployKey === undefined || deployKey === "new"
        ? deployKey
        : await readFile(deployKey, "utf8");
    return {
      line: `POST ${SOURCE_PATHS.of}/${repositoryPath(name)}`,
      body: {
        url,
        ...rest,
        token: secret,
        deployKey: key,
        pollMinutes: poll,
        submodules: submodules === true ? [] : submodules,
      },
      answer: madeBuildSource,
    };
  },
  show: (source) => [
    ...showSource(source),
    ...(source.hookSecret === undefined
      ? []
      : [`Webhook secret (shown once): ${source.hookSecret}`]),
  ],
});

function showSource(source: z.output<typeof buildSource>): readonly string[] {
  const { state, why, fetchedAt, context, deployKey, hostKey } = source;
  return [
    `Git server: ${printable(source.url)} (${source.provider}), read with ${source.credential}`,
    ...(context === undefined ? [] : [`Context: ${printable(context)}`]),
    `State: ${state}${why === undefined ? "" : `: ${printable(why)}`}`,
    ...(fetchedAt === undefined ? [] : [`Last read: ${fetchedAt}`]),
    ...(source.pollMinutes === 0 ? [] : [`Looked at every ${source.pollMinutes} minutes`]),
    ...(deployKey === undefined ? [] : [`Deploy key: ${printable(deployKey)}`]),
    ...(hostKey === undefined ? [] : [`Key of the server: ${printable(hostKey)}`]),
    `Added by: ${source.createdBy}`,
    `Webhook address: ${printable(source.hookUrl)}`,
  ];
}

const listCommand = apiCommand({
  name: "build sources list",
  summary: "list the Git servers that a repository is built from",
  describe: (line) => line.argument("<name>", "such as acme/api"),
  plan: ({ operands: [name] }) => ({
    line: `GET ${SOURCE_PATHS.of}/${repositoryPath(name)}`,
    answer: buildSourceList,
  }),
  show: ({ items }) =>
    table([
      ["URL", "PROVIDER", "STATE", "LAST READ", "WHY"],
      ...items.map(({ url, provider, state, fetchedAt = "-", why = "-" }) =>
        [url, provider, state, fetchedAt, why].map(printable),
      ),
    ]),
});

const showCommand = apiCommand({
  name: "build sources show",
  summary: "show the Git server that a repository is built from",
  describe: (line) => line.argument("<name>", "such as acme/api"),
  plan: ({ operands: [name] }) => ({
    line: `GET ${SOURCE_PATHS.of}/${repositoryPath(name)}`,
    answer: buildSourceList,
  }),
  show: ({ items: [source] }) =>
    source === undefined
      ? ["none: it is built from what is pushed to the hub"]
      : showSource(source),
});

const fetchCommand = apiCommand({
  name: "build sources fetch",
  summary: "look now whether the Git server has something new",
  describe: (line) => line.argument("<name>", "such as acme/api"),
  plan: ({ operands: [name] }) => ({
    line: `POST ${SOURCE_PATHS.fetch}/${repositoryPath(name)}`,
    answer: buildSource,
  }),
  show: (_answer, { operands }) => [`on its way: berth build sources show ${operands[0]}`],
});

const removeCommand = apiCommand({
  name: "build sources remove",
  summary: "build a repository from no other Git server any more",
  describe: (line) => line.argument("<name>", "such as acme/api"),
  plan: ({ operands: [name] }) => ({
    line: `DELETE ${SOURCE_PATHS.of}/${repositoryPath(name)}`,
    answer: nothing,
  }),
  show: () => ["removed, with what was read of it"],
});

export const BUILD_SOURCE_COMMANDS: readonly Command[] = [
  addCommand,
  listCommand,
  showCommand,
  fetchCommand,
  removeCommand,
];
