import { newName, repository } from "../contract/organizations.ts";
import { apiCommand, nothing, segment } from "./api-command.ts";
import { type Command, CommandError, type Invocation } from "./command.ts";
import { confirm, YES_OPTION } from "./confirmation.ts";
import { pathOfRepository, REPOSITORIES_PATH } from "./repository-commands.ts";

const NAME = ["<name>", "such as acme/api"] as const;

const repoCreateCommand = apiCommand({
  name: "repo create",
  summary: "make an empty repository, also of a name that another had before",
  describe: (line) =>
    line.argument(...NAME).option("--public", "let everybody pull it (default: private)"),
  plan: ({ operands: [name], options }) => ({
    line: `POST ${REPOSITORIES_PATH}`,
    body: { name, ...(options.public === true && { visibility: "public" }) },
    answer: repository,
  }),
  show: ({ name, visibility }) => [`made ${name} (${visibility})`],
});

const repoDeleteCommand = apiCommand({
  name: "repo delete",
  summary: "delete a repository with everything in it",
  description:
    "Deletes a repository with every tag and image in it, for good. Asks for its name, to be sure. Its bytes are freed by\n" +
    "collection. A push does not make it anew; `berth repo create` does.",
  describe: (line) => line.argument(...NAME).option(...YES_OPTION),
  plan: async (typed) => {
    const [name = ""] = typed.operands;
    const consequence = `Every tag and image in ${name} will be gone for good.`;
    await confirm(typed, { name, consequence });
    return { line: `DELETE ${pathOfRepository(typed)}`, answer: nothing };
  },
  show: (_answer, { operands }) => [`deleted ${operands[0]}`],
});

function moveCommand(
  spec: Readonly<Record<"name" | "summary" | "argument" | "example" | "consequence", string>> & {
    readonly targetOf: (from: string, word: string) => string;
  },
): Command {
  return apiCommand({
    name: spec.name,
    summary: spec.summary,
    description: `${spec.summary.replace(/^./, (first) => first.toUpperCase())}. Its former name leads to it, for pulls; ${spec.consequence}.`,
    describe: (line) =>
      line
        .argument(...NAME)
        .argument(spec.argument, spec.example)
        .option(...YES_OPTION),
    plan: async (typed) => {
      const [from = "", word = ""] = typed.operands;
      const to = spec.targetOf(from, word);
      const consequence = `${from} becomes ${to}; ${spec.consequence}.`;
      await confirm(typed, { name: from, consequence });
      return { line: "POST /api/v1/repository-moves", body: { from, to }, answer: repository };
    },
    show: ({ name }, { operands }) => [`${operands[0]} is now ${name}`],
  });
}

const repoRenameCommand = moveCommand({
  name: "repo rename",
  summary: "give a repository another name in its namespace",
  argument: "<new>",
  example: "such as backend, or acme/backend",
  consequence: "pushes and tokens have to use the new one",
  targetOf: (from, word) => {
    const [namespace = ""] = from.split("/", 1);
    if (!word.includes("/")) return `${namespace}/${word}`;
    if (word.startsWith(`${namespace}/`)) return word;
    throw new CommandError("usage", `that is another namespace: berth repo transfer ${from} ...`);
  },
});

const repoTransferCommand = moveCommand({
  name: "repo transfer",
  summary: "give a repository to another user or organization",
  argument: "<namespace>",
  example: "where you may create repositories; or the whole new name",
  consequence: "rights that were given to it end",
  targetOf: (from, word) => (word.includes("/") ? word : `${word}${from.slice(from.indexOf("/"))}`),
});

function renameCommand(kind: "org" | "user"): Command {
  const noun = kind === "org" ? "organization" : "user";
  return apiCommand({
    name: `${kind} rename`,
    summary: `give ${kind === "org" ? "an organization" : "a user"} another name; names below the former one lead to the new`,
    describe: (line) =>
      line
        .argument("<name>", `the ${noun}`)
        .argument("<new>", "what it shall be")
        .option(...YES_OPTION),
    plan: async (typed) => {
      const [name = "", to = ""] = typed.operands;
      const logins = kind === "org" ? "its tokens and robots log in" : "they log in";
      const consequence = `${name} becomes ${to}: ${logins} by that name, and pushes have to use it.`;
      await confirm(typed, { name, consequence });
      const line = `POST /api/v1/namespaces/${segment(typed, 0)}/rename`;
      return { line, body: { name: to }, answer: newName };
    },
    show: ({ name }, { operands }: Invocation) => [`${operands[0]} is now ${name}`],
  });
}

export const MOVE_COMMANDS: readonly Command[] = [
  repoCreateCommand,
  repoDeleteCommand,
  repoRenameCommand,
  repoTransferCommand,
  renameCommand("org"),
  renameCommand("user"),
];
