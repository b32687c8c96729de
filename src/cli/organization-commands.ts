import { z } from "zod";
import { member, organization, team } from "../contract/organizations.ts";
import { pageOf } from "../contract/pages.ts";
import {
  AFTER_OPTION,
  apiCommand,
  moreBy,
  nothing,
  pageQueryOf,
  segment,
  table,
} from "./api-command.ts";
import type { Command, Invocation } from "./command.ts";
import { confirm, YES_OPTION } from "./confirmation.ts";

const ORGANIZATIONS_PATH = "/api/v1/organizations";
const PAGE = 1000;
const ORGANIZATION = ["<organization>", "its name"] as const;

const orgListCommand = apiCommand({
  name: "org list",
  summary: "list your organizations, a page at a time",
  describe: (line) => line.option(...AFTER_OPTION),
  plan: (typed) => ({
    line: `GET ${ORGANIZATIONS_PATH}?${pageQueryOf(typed)}`,
    answer: pageOf(organization),
  }),
  show: ({ items, next }) => [...items.map(({ name }) => name), ...moreBy("org list", next)],
});

const orgCreateCommand = apiCommand({
  name: "org create",
  summary: "make an organization",
  describe: (line) => line.argument(...ORGANIZATION),
  plan: ({ operands }) => ({
    line: `POST ${ORGANIZATIONS_PATH}`,
    body: { name: operands[0] },
    answer: organization,
  }),
  show: ({ name }) => [`made ${name}`],
});

const orgDeleteCommand = apiCommand({
  name: "org delete",
  summary: "delete an organization that holds no repositories",
  describe: (line) => line.argument(...ORGANIZATION).option(...YES_OPTION),
  plan: async (typed) => {
    const [name = ""] = typed.operands;
    const consequence = `${name} will be gone for good, with its teams, robots, tokens and rights.`;
    await confirm(typed, { name, consequence });
    return { line: `DELETE ${pathOf(typed)}`, answer: nothing };
  },
  show: (_answer, { operands }) => [`deleted ${operands[0]}`],
});

const orgMembersCommand = apiCommand({
  name: "org members",
  summary: "list the members of an organization and their roles, a page at a time",
  describe: (line) => line.argument(...ORGANIZATION).option(...AFTER_OPTION),
  plan: (typed) => ({
    line: `GET ${pathOf(typed)}/members?${pageQueryOf(typed)}`,
    answer: pageOf(member),
  }),
  show: ({ items, next }, { operands }) => [
    ...table([["NAME", "ROLE"], ...items.map(({ name, role }) => [name, role])]),
    ...moreBy(`org members ${operands[0]}`, next),
  ],
});

const orgAddCommand = apiCommand({
  name: "org add",
  summary: "take somebody into an organization, or change their role in it",
  describe: (line) =>
    line
      .argument(...ORGANIZATION)
      .argument("<user>", "whom")
      .option(
        "--role <role>",
        "owner, contributor (may push), member (may pull) or a role of its own",
        "member",
      ),
  plan: (typed) => {
    const { role } = z.object({ role: z.string() }).parse(typed.options);
    const line = `PUT ${pathOf(typed)}/members/${segment(typed, 1)}`;
    return { line, body: { role }, answer: nothing };
  },
  show: (_answer, { operands, options }) => [
    `${operands[1]} is ${String(options.role)} of ${operands[0]}`,
  ],
});

const orgRemoveCommand = apiCommand({
  name: "org remove",
  summary: "take somebody out of an organization and its teams",
  describe: (line) => line.argument(...ORGANIZATION).argument("<user>", "whom"),
  plan: (typed) => ({
    line: `DELETE ${pathOf(typed)}/members/${segment(typed, 1)}`,
    answer: nothing,
  }),
  show: (_answer, { operands }) => [`removed ${operands[1]} from ${operands[0]}`],
});

const teamListCommand = apiCommand({
  name: "team list",
  summary: "list the teams of an organization",
  describe: (line) => line.argument(...ORGANIZATION),
  plan: (typed) => ({ line: `GET ${pathOf(typed)}/teams?limit=${PAGE}`, answer: pageOf(team) }),
  show: ({ items }) =>
    table([
      ["NAME", "MEMBERS", "DESCRIPTION"],
      ...items.map(({ name, members, description }) => [name, String(members), description]),
    ]),
});

const teamCreateCommand = apiCommand({
  name: "team create",
  summary: "make a team in an organization",
  describe: (line) =>
    line
      .argument(...ORGANIZATION)
      .argument("<team>", "the team's name")
      .option("--description <text>", "what it is for"),
  plan: (typed) => {
    const { description } = z.object({ description: z.string().optional() }).parse(typed.options);
    const body = { name: typed.operands[1], ...(description && { description }) };
    return { line: `POST ${pathOf(typed)}/teams`, body, answer: team };
  },
  show: ({ name }) => [`made ${name}`],
});

const teamDeleteCommand = apiCommand({
  name: "team delete",
  summary: "delete a team; its members stay in the organization",
  describe: (line) => line.argument(...ORGANIZATION).argument("<team>", "the team's name"),
  plan: (typed) => ({
    line: `DELETE ${pathOf(typed)}/teams/${segment(typed, 1)}`,
    answer: nothing,
  }),
  show: (_answer, { operands }) => [`deleted ${operands[1]}`],
});

function teamMemberCommand(word: "add" | "remove"): Command {
  const method = word === "add" ? "PUT" : "DELETE";
  return apiCommand({
    name: `team ${word}`,
    summary: word === "add" ? "put a member into a team" : "take somebody out of a team",
    describe: (line) =>
      line
        .argument(...ORGANIZATION)
        .argument("<team>", "the team's name")
        .argument("<user>", "whom"),
    plan: (typed) => ({
      line: `${method} ${pathOf(typed)}/teams/${segment(typed, 1)}/members/${segment(typed, 2)}`,
      answer: nothing,
    }),
    show: (_answer, { operands }) => [
      `${operands[2]} is ${word === "add" ? "in" : "not in"} ${operands[0]}/${operands[1]}`,
    ],
  });
}

export const ORGANIZATION_COMMANDS: readonly Command[] = [
  orgListCommand,
  orgCreateCommand,
  orgDeleteCommand,
  orgMembersCommand,
  orgAddCommand,
  orgRemoveCommand,
  teamListCommand,
  teamCreateCommand,
  teamDeleteCommand,
  teamMemberCommand("add"),
  teamMemberCommand("remove"),
];

function pathOf(typed: Invocation): string {
  return `${ORGANIZATIONS_PATH}/${segment(typed, 0)}`;
}
