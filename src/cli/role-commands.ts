import { z } from "zod";
import { organizationRole, PERMISSIONS, permission } from "../contract/roles.ts";
import { apiCommand, nothing, segment, table } from "./api-command.ts";
import type { Command, Invocation } from "./command.ts";

const ORGANIZATION = ["<organization>", "its name"] as const;
const ROLE = ["<role>", "the role's name"] as const;
const MAY = ["--may <permission...>", "one or more of `berth org role permissions`"] as const;

const permissionsCommand: Command = {
  name: "org role permissions",
  describe: (line) =>
    line.summary("list what a role can be made of").description("List what a role can be made of."),
  run: async ({ terminal, options }) => {
    if (options.json === true) terminal.printJson(PERMISSIONS);
    else for (const line of table(Object.entries(PERMISSIONS))) terminal.print(line);
    return "ok";
  },
};

const listCommand = apiCommand({
  name: "org role list",
  summary: "list the roles that members of an organization can have",
  describe: (line) => line.argument(...ORGANIZATION),
  plan: (typed) => ({
    line: `GET ${pathOf(typed)}`,
    answer: z.object({ items: z.array(organizationRole) }),
  }),
  show: ({ items }) =>
    table([
      ["NAME", "MEMBERS", "DESCRIPTION"],
      ...items.map(({ name, members, description }) => [name, String(members), description]),
    ]),
});

const showCommand = apiCommand({
  name: "org role show",
  summary: "say what a role may do",
  describe: (line) => line.argument(...ORGANIZATION).argument(...ROLE),
  plan: (typed) => ({
    line: `GET ${pathOf(typed)}/${segment(typed, 1)}`,
    answer: organizationRole,
  }),
  show: showRole,
});

const roleOptions = z.object({
  may: z.array(permission).optional(),
  description: z.string().optional(),
  rename: z.string().optional(),
});

const createCommand = apiCommand({
  name: "org role create",
  summary: "make a role out of permissions; nobody makes one that holds more than they do",
  describe: (line) =>
    line
      .argument(...ORGANIZATION)
      .argument(...ROLE)
      .requiredOption(...MAY)
      .option("--description <text>", "what it is for"),
  plan: (typed) => {
    const { may = [], description } = roleOptions.parse(typed.options);
    const body = {
      name: typed.operands[1],
      permissions: may,
      ...(description !== undefined && { description }),
    };
    return { line: `POST ${pathOf(typed)}`, body, answer: organizationRole };
  },
  show: showRole,
});

const setCommand = apiCommand({
  name: "org role set",
  summary: "change a role, for all who have it",
  describe: (line) =>
    line
      .argument(...ORGANIZATION)
      .argument(...ROLE)
      .option(...MAY)
      .option("--description <text>", "what it is for")
      .option("--rename <name>", "another name"),
  plan: (typed) => {
    const { may, description, rename } = roleOptions.parse(typed.options);
    const body = {
      ...(may !== undefined && { permissions: may }),
      ...(description !== undefined && { description }),
      ...(rename !== undefined && { name: rename }),
    };
    const line = `PATCH ${pathOf(typed)}/${segment(typed, 1)}`;
    return { line, body, answer: organizationRole };
  },
  show: showRole,
});

const deleteCommand = apiCommand({
  name: "org role delete",
  summary: "delete a role that nobody has",
  describe: (line) => line.argument(...ORGANIZATION).argument(...ROLE),
  plan: (typed) => ({ line: `DELETE ${pathOf(typed)}/${segment(typed, 1)}`, answer: nothing }),
  show: (_answer, { operands }) => [`deleted ${operands[1]}`],
});

export const ROLE_COMMANDS: readonly Command[] = [
  listCommand,
  showCommand,
  createCommand,
  setCommand,
  deleteCommand,
  permissionsCommand,
];

function showRole({ name, description, permissions }: z.output<typeof organizationRole>) {
  return [
    name,
    ...(description === "" ? [] : [`  ${description}`]),
    ...permissions.map((each) => `  ${each}`),
  ];
}

function pathOf(typed: Invocation): string {
  return `/api/v1/organizations/${segment(typed, 0)}/roles`;
}
