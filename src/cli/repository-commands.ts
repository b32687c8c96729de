import { z } from "zod";
import { repositoryAction } from "../contract/accounts.ts";
import { repository, repositorySummary, right } from "../contract/organizations.ts";
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
import { type Command, CommandError, type Invocation } from "./command.ts";

export const REPOSITORIES_PATH = "/api/v1/repositories";
const PAGE = 1000;

const repoListCommand = apiCommand({
  name: "repo list",
  summary: "list the repositories that you may see, a page at a time",
  describe: (line) => line.option("--after <name>", "begin behind this name"),
  plan: ({ options }) => {
    const { after } = z.object({ after: z.string().optional() }).parse(options);
    const query = new URLSearchParams({ limit: String(PAGE), ...(after && { last: after }) });
    return { line: `GET ${REPOSITORIES_PATH}?${query}`, answer: pageOf(repositorySummary) };
  },
  show: ({ items, next }) => [
    ...table([
      ["NAME", "SHOWN TO", "PULLS", "STARS", "LAST PUSH", "LAST PULL"],
      ...items.map((one) => [
        one.name,
        one.visibility,
        String(one.pulls),
        String(one.stars),
        one.lastPushedAt ?? "never",
        one.lastPulledAt ?? "never",
      ]),
    ]),
    ...(next === undefined ? [] : [`more: berth repo list --after ${next}`]),
  ],
});

const repoShowCommand = apiCommand({
  name: "repo show",
  summary: "say what a repository is",
  describe: (line) => line.argument("<name>", "such as acme/api"),
  plan: (typed) => ({ line: `GET ${pathOfRepository(typed)}`, answer: repository }),
  show: showRepository,
});

const setOptions = z.object({
  public: z.boolean().default(false),
  private: z.boolean().default(false),
  description: z.string().optional(),
});

const repoSetCommand = apiCommand({
  name: "repo set",
  summary: "change what a repository is",
  describe: (line) =>
    line
      .argument("<name>", "such as acme/api")
      .option("--public", "let everybody pull it")
      .option("--private", "show it to nobody without a right to it")
      .option("--description <text>", "up to 100 characters"),
  plan: (typed) => {
    const wish = setOptions.parse(typed.options);
    if (wish.public && wish.private)
      throw new CommandError("usage", "a repository is either public or private");
    const body = {
      ...(wish.public && { visibility: "public" }),
      ...(wish.private && { visibility: "private" }),
      ...(wish.description !== undefined && { description: wish.description }),
    };
    return { line: `PATCH ${pathOfRepository(typed)}`, body, answer: repository };
  },
  show: showRepository,
});

const RIGHTS_ARGUMENT = [
  "<namespace>",
  "the user or organization that the repositories belong to",
] as const;

const rightsCommand = apiCommand({
  name: "repo rights",
  summary: "list who was given which rights in a namespace, a page at a time",
  describe: (line) => line.argument(...RIGHTS_ARGUMENT).option(...AFTER_OPTION),
  plan: (typed) => ({
    line: `GET ${rightsPath(typed)}?${pageQueryOf(typed)}`,
    answer: pageOf(right),
  }),
  show: ({ items, next }, { operands }) => [
    ...table([
      ["WHO", "WHERE", "MAY", "CONDITIONS"],
      ...items.map((each) => [
        each.account ?? `team ${each.team}`,
        each.repository ?? each.pattern ?? "",
        each.actions.join(","),
        [each.tags && `tags ${each.tags}`, each.createOnly && "new tags only"]
          .filter(Boolean)
          .join(", "),
      ]),
    ]),
    ...moreBy(`repo rights ${operands[0]}`, next),
  ],
});

const scopeOptions = z.object({
  account: z.string().optional(),
  team: z.string().optional(),
  repository: z.string().optional(),
  pattern: z.string().optional(),
});

const grantOptions = z.object({
  may: z.array(repositoryAction).default(["pull"]),
  tags: z.string().optional(),
  createOnly: z.boolean().default(false),
});

const grantCommand = apiCommand({
  name: "repo grant",
  summary: "give somebody, or a team, rights to repositories",
  describe: (line) =>
    line
      .argument(...RIGHTS_ARGUMENT)
      .option("--account <name>", "to this user")
      .option("--team <name>", "to this team of the organization")
      .option("--repository <name>", "one repository that is there, such as acme/api")
      .option("--pattern <pattern>", "within the namespace: api, tools/* or ** for all")
      .option("--may <action...>", "pull (default), push, delete, admin")
      .option("--tags <pattern>", "pushes of such tags only, as v1.*")
      .option("--create-only", "pushes of tags that are not there yet only"),
  plan: (typed) => {
    const { may, tags, createOnly } = grantOptions.parse(typed.options);
    const body = { ...rightKeyOf(typed), actions: may, ...(tags && { tags }), createOnly };
    return { line: `PUT ${rightsPath(typed)}`, body, answer: nothing };
  },
  show: (_answer, typed) => {
    const { account, team, repository, pattern } = scopeOptions.parse(typed.options);
    const who = team === undefined ? account : `team ${team}`;
    const where = repository ?? `${pattern} of ${typed.operands[0]}`;
    return [`${who} may ${grantOptions.parse(typed.options).may.join(", ")}: ${where}`];
  },
});

const revokeCommand = apiCommand({
  name: "repo revoke",
  summary: "take rights to repositories away again",
  describe: (line) =>
    line
      .argument(...RIGHTS_ARGUMENT)
      .option("--account <name>", "from this user")
      .option("--team <name>", "from this team of the organization")
      .option("--repository <name>", "as it was given for")
      .option("--pattern <pattern>", "as it was given for"),
  plan: (typed) => ({
    line: `DELETE ${rightsPath(typed)}?${new URLSearchParams(rightKeyOf(typed))}`,
    answer: nothing,
  }),
  show: () => ["taken away"],
});

export const REPOSITORY_COMMANDS: readonly Command[] = [
  repoListCommand,
  repoShowCommand,
  repoSetCommand,
  rightsCommand,
  grantCommand,
  revokeCommand,
];

/** The slashes of a name stay what they are. */
export function pathOfRepository({ operands }: Invocation): string {
  const [name = ""] = operands;
  return `${REPOSITORIES_PATH}/${name.split("/").map(encodeURIComponent).join("/")}`;
}

function showRepository(shown: z.output<typeof repository>) {
  const { name, visibility, description, lastPushedAt, lastPulledAt, pulls, stars } = shown;
  return [
    `${name} (${visibility})`,
    ...(description === "" ? [] : [description]),
    `pushed ${lastPushedAt ?? "never"}`,
    `pulled ${lastPulledAt ?? "never"}, ${pulls} ${pulls === 1 ? "time" : "times"} in all`,
    `${stars} ${stars === 1 ? "star" : "stars"}`,
  ];
}

function rightsPath(typed: Invocation): string {
  return `/api/v1/namespaces/${segment(typed, 0)}/rights`;
}

/** Whose right it is and for what, as the hub tells one from the other. */
function rightKeyOf({ options }: Invocation): Record<string, string> {
  const { account, team, repository: name, pattern } = scopeOptions.parse(options);
  if ((account === undefined) === (team === undefined))
    throw new CommandError("usage", "say who: either --account or --team");
  if ((name === undefined) === (pattern === undefined))
    throw new CommandError("usage", "say what for: either --repository or --pattern");
  return {
    ...(account !== undefined && { account }),
    ...(team !== undefined && { team }),
    ...(name !== undefined && { repository: name }),
    ...(pattern !== undefined && { pattern }),
  };
}
