import { z } from "zod";
import {
  IDENTITIES_PATH,
  identity,
  identityList,
  userIdentityList,
} from "../contract/identities.ts";
import { apiCommand, nothing, segment, table } from "./api-command.ts";
import type { Command } from "./command.ts";

const DAY_LETTERS = "2026-11-24".length;

function rowsOf({ items }: z.output<typeof identityList>): readonly string[] {
  return table([
    ["ID", "PROVIDER", "NAME THERE", "LAST SEEN"],
    ...items.map(({ id, provider, name, seenAt }) => [
      id,
      provider,
      name,
      seenAt.slice(0, DAY_LETTERS),
    ]),
  ]);
}

const identitiesListCommand = apiCommand({
  name: "account identities list",
  summary: "list who else opens your account: a directory, or providers you sign in with",
  plan: () => ({ line: `GET ${IDENTITIES_PATH}`, answer: identityList }),
  show: rowsOf,
});

const identitiesUnlinkCommand = apiCommand({
  name: "account identities unlink",
  summary: "sign in by a provider or a directory no longer",
  describe: (line) => line.argument("<id>", "as `berth account identities list` shows it"),
  plan: (typed) => ({ line: `DELETE ${IDENTITIES_PATH}/${segment(typed, 0)}`, answer: nothing }),
  show: (_answer, { operands }) => [`unlinked ${operands[0]}`],
});

const linkOptions = z.object({
  provider: z.string(),
  person: z.string().optional(),
  subject: z.string().optional(),
});

const userLinkCommand = apiCommand({
  name: "user link",
  summary: "let somebody of a directory or a provider open an account",
  describe: (line) =>
    line
      .argument("<name>", "whose account")
      .requiredOption("--provider <name>", "ldap, or what the settings call the provider")
      .option("--person <name>", "of a directory: the name that they log in with there")
      .option("--subject <text>", "of a provider: the `sub` of their tokens"),
  plan: (typed) => {
    const { provider, person, subject } = linkOptions.parse(typed.options);
    const body = { provider, user: person, subject };
    return { line: `POST /api/v1/users/${segment(typed, 0)}/identities`, body, answer: identity };
  },
  show: ({ provider, name }, { operands }) => [
    `${name} of ${provider} opens the account ${operands[0]}`,
  ],
});

const userIdentitiesCommand = apiCommand({
  name: "user identities",
  summary: "list who of directories and providers opens an account",
  describe: (line) => line.argument("<name>", "whose account"),
  plan: (typed) => ({
    line: `GET /api/v1/users/${segment(typed, 0)}/identities`,
    answer: userIdentityList,
  }),
  show: rowsOf,
});

const userUnlinkCommand = apiCommand({
  name: "user unlink",
  summary: "let somebody of a directory or a provider open an account no longer",
  describe: (line) =>
    line
      .argument("<name>", "whose account")
      .argument("<id>", "as `berth user identities` shows it"),
  plan: (typed) => ({
    line: `DELETE /api/v1/users/${segment(typed, 0)}/identities/${segment(typed, 1)}`,
    answer: nothing,
  }),
  show: (_answer, { operands }) => [`unlinked ${operands[1]}`],
});

export const IDENTITY_COMMANDS: readonly Command[] = [
  identitiesListCommand,
  identitiesUnlinkCommand,
  userLinkCommand,
  userIdentitiesCommand,
  userUnlinkCommand,
];
