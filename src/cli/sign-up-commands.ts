import { z } from "zod";
import { pageOf } from "../contract/pages.ts";
import {
  confirmed,
  emailChangeAnswer,
  invitation,
  passwordResetAnswer,
  passwordResetDone,
  passwordResetLink,
  sentInvitation,
  signUpAnswer,
} from "../contract/sign-up.ts";
import { apiCommand, nothing, segment, table } from "./api-command.ts";
import type { Command, Invocation } from "./command.ts";

const INVITATIONS_PATH = "/api/v1/invitations";
const PAGE = 1000;
const DAY_LETTERS = 10;

const signUpOptions = z.object({ invitation: z.string().optional() });

const signUpCommand = apiCommand({
  name: "sign-up",
  summary: "make an account for yourself",
  description:
    "Asks for a name, an address and a password, or reads a line for each from standard input. With an invitation the\n" +
    "address is the invited one, and is not asked for.",
  describe: (line) =>
    line.option("--invitation <secret>", "what an invitation says, for hubs that ask for one"),
  plan: async ({ options, terminal }) => {
    const { invitation: secret } = signUpOptions.parse(options);
    const name = await terminal.ask("Name");
    const whom =
      secret === undefined ? { email: await terminal.ask("E-mail") } : { invitation: secret };
    const password = await terminal.askSecret("Password");
    const body = { name, password, ...whom };
    return { line: "POST /api/v1/sign-up", body, answer: signUpAnswer };
  },
  show: ({ name, state }) => [
    state === "created"
      ? `made ${name}`
      : `a mail is on its way: open its link, or run the command in it, to make ${name}`,
  ],
});

const secretOptions = z.object({ secret: z.string().optional() });

/** From the command line, else asked for, or a line of standard input. */
async function readSecret({ options, terminal }: Invocation): Promise<string> {
  return secretOptions.parse(options).secret ?? (await terminal.askSecret("Secret of the link"));
}

const confirmCommand = apiCommand({
  name: "confirm",
  summary: "confirm your address with what a mail of the hub says",
  describe: (line) =>
    line.option("--secret <secret>", "as the mail says it (default: asked for, or standard input)"),
  plan: async (typed) => {
    const body = { secret: await readSecret(typed) };
    return { line: "POST /api/v1/confirmations", body, answer: confirmed };
  },
  show: ({ name, email }) => [`${email} is the address of ${name}`],
});

const resetPasswordCommand = apiCommand({
  name: "reset-password",
  summary: "choose a new password with what a mail of the hub, or an administrator, says",
  description:
    "Asks for the secret of the link unless it is given, and for the new password; or reads a line for each from\n" +
    "standard input. Everything that is logged in with the former password is logged out.",
  describe: (line) =>
    line.option("--secret <secret>", "of the link (default: asked for, or standard input)"),
  plan: async (typed) => {
    const secret = await readSecret(typed);
    const body = { secret, password: await typed.terminal.askSecret("New password") };
    return { line: "POST /api/v1/password-reset/confirm", body, answer: passwordResetDone };
  },
  show: ({ name }) => [`password of ${name} changed`],
});

const requestResetCommand = apiCommand({
  name: "account password-reset",
  summary: "ask for a mail with a link to a new password",
  describe: (line) => line.argument("<account>", "your name, or your address"),
  plan: ({ operands }) => ({
    line: "POST /api/v1/password-reset",
    body: { account: operands[0] },
    answer: passwordResetAnswer,
  }),
  show: ({ message }) => [message],
});

const emailCommand = apiCommand({
  name: "account email",
  summary: "change your address; a mail that goes there confirms it",
  describe: (line) => line.argument("<address>", "where to reach you"),
  plan: ({ operands }) => ({
    line: "POST /api/v1/account/email",
    body: { email: operands[0] },
    answer: emailChangeAnswer,
  }),
  show: ({ state }, { operands }) => [
    state === "changed"
      ? `your address is ${operands[0]}`
      : `a mail is on its way to ${operands[0]}: open its link, or run the command in it`,
  ],
});

const inviteOptions = z.object({
  role: z.enum(["administrator", "auditor"]).optional(),
  again: z.boolean().default(false),
});

const inviteCommand = apiCommand({
  name: "user invite",
  summary: "invite somebody to the hub; without mail, shows what to hand over, this once",
  describe: (line) =>
    line
      .argument("<address>", "who; with --again, the id that `berth user invitations` shows")
      .option("--role <role>", "administrator, or auditor, who may read everything")
      .option("--again", "send an invitation again, with a new secret"),
  plan: (typed) => {
    const { role, again } = inviteOptions.parse(typed.options);
    const line = again ? `${INVITATIONS_PATH}/${segment(typed, 0)}/resend` : INVITATIONS_PATH;
    const body = again ? undefined : { email: typed.operands[0], role };
    return { line: `POST ${line}`, body, answer: sentInvitation };
  },
  show: ({ email, expiresAt, handOver }) =>
    handOver === undefined
      ? [`a mail is on its way to ${email}`]
      : toLines(`for ${email}, until ${expiresAt}:`, handOver),
});

const invitationsCommand = apiCommand({
  name: "user invitations",
  summary: "list who is invited to the hub, a page at a time",
  describe: (line) => line.option("--after <id>", "begin behind this one"),
  plan: ({ options }) => {
    const { after } = z.object({ after: z.string().optional() }).parse(options);
    const query = new URLSearchParams({ limit: String(PAGE), ...(after && { last: after }) });
    return { line: `GET ${INVITATIONS_PATH}?${query}`, answer: pageOf(invitation) };
  },
  show: ({ items, next }) => [
    ...table([
      ["ID", "ADDRESS", "ROLE", "BY", "UNTIL", "MAIL"],
      ...items.map(({ id, email, role, invitedBy, expiresAt, mail }) => [
        ...[id, email, role ?? "", invitedBy, expiresAt.slice(0, DAY_LETTERS), mail ?? ""],
      ]),
    ]),
    ...(next === undefined ? [] : [`more: berth user invitations --after ${next}`]),
  ],
});

const uninviteCommand = apiCommand({
  name: "user uninvite",
  summary: "withdraw an invitation; what was sent for it opens nothing any more",
  describe: (line) => line.argument("<id>", "as `berth user invitations` shows it"),
  plan: (typed) => ({ line: `DELETE ${INVITATIONS_PATH}/${segment(typed, 0)}`, answer: nothing }),
  show: (_answer, { operands }) => [`withdrew ${operands[0]}`],
});

const issueResetCommand = apiCommand({
  name: "user reset-password",
  summary: "make a link to a new password for somebody, to hand over",
  describe: (line) => line.argument("<name>", "whose"),
  plan: (typed) => ({
    line: `POST /api/v1/users/${segment(typed, 0)}/password-reset`,
    answer: passwordResetLink,
  }),
  show: (answer, { operands }) => toLines(`for ${operands[0]}, until ${answer.expiresAt}:`, answer),
});

function toLines(head: string, given: { link?: string | undefined; command: string }): string[] {
  return [head, ...(given.link === undefined ? [] : [given.link]), given.command];
}

export const SIGN_UP_COMMANDS: readonly Command[] = [
  signUpCommand,
  confirmCommand,
  requestResetCommand,
  resetPasswordCommand,
  emailCommand,
  inviteCommand,
  invitationsCommand,
  uninviteCommand,
  issueResetCommand,
];
