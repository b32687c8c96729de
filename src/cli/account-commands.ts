import { z } from "zod";
import type { HubClient } from "../client/hub-client.ts";
import { createdToken, personalScope, personalToken, self } from "../contract/accounts.ts";
import { KEYS_PATH, LOGINS_PATH, loginList, newKey } from "../contract/logins.ts";
import { parseDuration } from "../lib/duration.ts";
import { apiCommand, nothing, segment, table } from "./api-command.ts";
import { type Command, CommandError } from "./command.ts";
import { findId } from "./find-id.ts";

const TOKENS_PATH = "/api/v1/account/tokens";
const DAY_LETTERS = 10;
const TOKEN_ARGUMENT = "its label or id, as `berth token list` shows them";
const tokenList = z.object({ items: z.array(personalToken) });

type Switch = { readonly name: string; readonly summary: string; readonly isActive: boolean };

const whoamiCommand = apiCommand({
  name: "whoami",
  summary: "say who the hub takes you for, and by what",
  plan: () => ({ line: "GET /api/v1/account", answer: self }),
  show: ({ name, role, credential }) => {
    const by = credential === undefined ? "" : `, by ${nameOf(credential)}`;
    const limits = (credential?.permits ?? []).map(
      ({ repositories, actions }) => `  ${repositories}: ${actions.join(", ")}`,
    );
    return [`${name}${role === undefined ? "" : ` (${role})`}${by}`, ...limits];
  },
});

const tokenListCommand = apiCommand({
  name: "token list",
  summary: "list your personal access tokens",
  plan: () => ({
    line: `GET ${TOKENS_PATH}`,
    answer: tokenList,
  }),
  show: ({ items }) =>
    table([
      ["ID", "LABEL", "SCOPES", "EXPIRES", "LAST USED"],
      ...items.map((token) => [
        token.id,
        token.isActive ? token.label : `${token.label} (off)`,
        [...token.scopes, ...token.repositories].join(","),
        token.expiresAt?.slice(0, DAY_LETTERS) ?? "never",
        token.lastUse === undefined
          ? "never"
          : `${token.lastUse.at.slice(0, DAY_LETTERS)} from ${token.lastUse.address}`,
      ]),
    ]),
});

const createOptions = z.object({
  scope: z.array(personalScope).default(["repo:read"]),
  repository: z.array(z.string()).default([]),
  expires: z.string().optional(),
});

const tokenCreateCommand = apiCommand({
  name: "token create",
  summary: "make a personal access token, and show it this once",
  describe: (line) =>
    line
      .argument("<label>", "what it is for")
      .option(
        "--scope <scope...>",
        "repo:admin, repo:write, repo:read (default) or repo:public_read",
      )
      .option(
        "--repository <name...>",
        "names or patterns it is limited to, such as acme/api or acme/*",
      )
      .option(
        "--expires <duration>",
        "how long it lasts, such as 90d (default: until it is deleted)",
      ),
  plan: ({ operands, options }) => {
    const { scope, repository, expires } = createOptions.parse(options);
    const body = { label: operands[0], scopes: scope, repositories: repository };
    const expiresAt = expires === undefined ? {} : { expiresAt: instantAfter(expires) };
    return { line: `POST ${TOKENS_PATH}`, body: { ...body, ...expiresAt }, answer: createdToken };
  },
  show: ({ secret }, { terminal }) => {
    // Beside the output, which is the password alone and can be passed on.
    terminal.note("your password for docker login and berth login; it is not shown again");
    return [secret];
  },
});

const tokenEnableCommand = tokenSwitch({
  name: "token enable",
  isActive: true,
  summary: "let a personal access token work again that was disabled",
});

const tokenDisableCommand = tokenSwitch({
  name: "token disable",
  isActive: false,
  summary: "keep a personal access token, and let nobody in by it until it is enabled",
});

const tokenDeleteCommand = apiCommand({
  name: "token delete",
  summary: "delete a personal access token; it stops working at once",
  describe: (line) => line.argument("<token>", TOKEN_ARGUMENT),
  plan: async ({ operands: [typed = ""] }, hub) => ({
    line: `DELETE ${await pathOfToken(typed, hub)}`,
    answer: nothing,
  }),
  show: (_answer, { operands }) => [`deleted ${operands[0]}`],
});

const loginsListCommand = apiCommand({
  name: "logins list",
  summary: "list the machines that keep a login of yours",
  plan: () => ({ line: `GET ${LOGINS_PATH}`, answer: loginList }),
  show: ({ items }) =>
    table([
      ["ID", "MADE WITH", "FROM", "LAST USED", "CLIENT"],
      ...items.map(({ id, credential, address, lastUsedAt, client }) => [
        id,
        credential,
        address,
        lastUsedAt.slice(0, DAY_LETTERS),
        client,
      ]),
    ]),
});

const loginsEndCommand = apiCommand({
  name: "logins end",
  summary: "end a login that some machine keeps, or all of them",
  describe: (line) => line.argument("[id]", "as `berth logins list` shows it (default: all)"),
  plan: (typed) => {
    const path = typed.operands.length === 0 ? LOGINS_PATH : `${LOGINS_PATH}/${segment(typed, 0)}`;
    return { line: `DELETE ${path}`, answer: nothing };
  },
  show: (_answer, { operands }) => [`ended ${operands[0] ?? "all logins"}`],
});

const keysReplaceCommand = apiCommand({
  name: "keys replace",
  summary: "replace the key that tokens are signed with",
  description:
    "For when somebody else may know the key: it is replaced at once, and tokens that it signed are believed no more.\n" +
    "Clients get new ones by themselves. Keys follow one another every 30 days without this command.",
  plan: () => ({ line: `POST ${KEYS_PATH}`, answer: newKey }),
  show: ({ kid }) => [`tokens are signed with ${kid} now`],
});

export const ACCOUNT_COMMANDS: readonly Command[] = [
  whoamiCommand,
  tokenListCommand,
  tokenCreateCommand,
  tokenEnableCommand,
  tokenDisableCommand,
  tokenDeleteCommand,
  loginsListCommand,
  loginsEndCommand,
  keysReplaceCommand,
];

/** `a password "password"` tells nobody more than the first half. */
function nameOf({ kind, label }: { readonly kind: string; readonly label: string }): string {
  return kind === label ? kind : `${kind} "${label}"`;
}

function instantAfter(text: string): string {
  const ms = parseDuration(text);
  if (ms !== undefined) return new Date(Date.now() + ms).toISOString();
  throw new CommandError("usage", `--expires ${text} is no duration such as 90d or 12h`);
}

function tokenSwitch({ isActive, ...said }: Switch): Command {
  return apiCommand({
    ...said,
    describe: (line) => line.argument("<token>", TOKEN_ARGUMENT),
    plan: async ({ operands: [typed = ""] }, hub) => ({
      line: `PATCH ${await pathOfToken(typed, hub)}`,
      body: { isActive },
      answer: personalToken,
    }),
    show: ({ label }) => [`${isActive ? "enabled" : "disabled"} ${label}`],
  });
}

async function pathOfToken(typed: string, hub: HubClient): Promise<string> {
  const { items } = await hub.call({ line: `GET ${TOKENS_PATH}`, answer: tokenList });
  return `${TOKENS_PATH}/${findId(items, typed, "berth token list")}`;
}
