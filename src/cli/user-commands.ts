import { z } from "zod";
import { account } from "../contract/accounts.ts";
import { pageOf } from "../contract/pages.ts";
import { apiCommand, nothing, segment, table } from "./api-command.ts";
import type { Command } from "./command.ts";
import { confirm, YES_OPTION } from "./confirmation.ts";

const USERS_PATH = "/api/v1/users";
const PAGE = 1000;

const userListCommand = apiCommand({
  name: "user list",
  summary: "list the users of the hub, a page at a time",
  describe: (line) => line.option("--after <name>", "begin behind this name"),
  plan: ({ options }) => {
    const { after } = z.object({ after: z.string().optional() }).parse(options);
    const query = new URLSearchParams({ limit: String(PAGE), ...(after && { last: after }) });
    return { line: `GET ${USERS_PATH}?${query}`, answer: pageOf(account) };
  },
  show: ({ items, next }) => [
    ...table([
      ["NAME", "ROLE", "SINCE", "STATE"],
      ...items.map(({ name, role, createdAt, isDisabled }) => [
        name,
        role ?? "",
        createdAt.slice(0, "2026-11-24".length),
        isDisabled ? "disabled" : "",
      ]),
    ]),
    ...(next === undefined ? [] : [`more: berth user list --after ${next}`]),
  ],
});

const createOptions = z.object({
  email: z.string().optional(),
  role: z.enum(["administrator", "auditor"]).optional(),
});

const userCreateCommand = apiCommand({
  name: "user create",
  summary: "make an account; its password is asked for, or read from standard input",
  describe: (line) =>
    line
      .argument("<name>", "lower-case letters and digits, with single '.', '_' or '-' between them")
      .option("--email <address>", "where to reach its owner")
      .option("--role <role>", "administrator, or auditor, who may read everything"),
  plan: async ({ operands, options, terminal }) => {
    const [name] = operands;
    const password = await terminal.askSecret(`Password for ${name}`);
    const body = { name, password, ...createOptions.parse(options) };
    return { line: `POST ${USERS_PATH}`, body, answer: account };
  },
  show: ({ name }) => [`made ${name}`],
});

const userPasswordCommand = apiCommand({
  name: "user password",
  summary: "change your password, or as an administrator that of somebody else",
  description:
    "Asks for the passwords, or reads a line for each from standard input: your current one, unless it is for somebody\n" +
    "else, and the new one. Logins that were made with the former password end.",
  describe: (line) => line.argument("[name]", "whose (default: your own)"),
  plan: async (typed) => {
    const { operands, terminal } = typed;
    if (operands.length > 0) {
      const body = { password: await terminal.askSecret(`New password for ${operands[0]}`) };
      return { line: `POST ${USERS_PATH}/${segment(typed, 0)}/password`, body, answer: nothing };
    }
    const current = await terminal.askSecret("Current password");
    const body = { current, next: await terminal.askSecret("New password") };
    return { line: "POST /api/v1/account/password", body, answer: nothing };
  },
  show: () => ["password changed"],
});

function userStateCommand(word: "disable" | "enable"): Command {
  const isDisabled = word === "disable";
  return apiCommand({
    name: `user ${word}`,
    summary: isDisabled
      ? "shut an account out, with all its tokens and logins"
      : "let an account in again",
    describe: (line) => line.argument("<name>", "whose"),
    plan: (typed) => ({
      line: `PATCH ${USERS_PATH}/${segment(typed, 0)}`,
      body: { isDisabled },
      answer: account,
    }),
    show: ({ name }) => [`${word}d ${name}`],
  });
}

const userDeleteCommand = apiCommand({
  name: "user delete",
  summary: "delete an account that holds no repositories; its name stays taken for a while",
  describe: (line) => line.argument("<name>", "whose").option(...YES_OPTION),
  plan: async (typed) => {
    const [name = ""] = typed.operands;
    const consequence = `${name} will be gone for good, with their tokens, rights and memberships.`;
    await confirm(typed, { name, consequence });
    return { line: `DELETE ${USERS_PATH}/${segment(typed, 0)}`, answer: nothing };
  },
  show: (_answer, { operands }) => [`deleted ${operands[0]}`],
});

export const USER_COMMANDS: readonly Command[] = [
  userListCommand,
  userCreateCommand,
  userPasswordCommand,
  userStateCommand("disable"),
  userStateCommand("enable"),
  userDeleteCommand,
];
