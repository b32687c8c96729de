import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { HubClient } from "../client/hub-client.ts";
import {
  acceptedInvitation,
  INVITED_AT_ONCE,
  inviteOutcomes,
  organizationInvitation,
  receivedInvitation,
  sentOrganizationInvitation,
} from "../contract/invitations.ts";
import { pageOf } from "../contract/pages.ts";
import { apiCommand, nothing, segment, table } from "./api-command.ts";
import { type Command, CommandError, type Invocation } from "./command.ts";
import { addConnectionOptions, connect } from "./hub-connection.ts";
import type { Terminal } from "./terminal.ts";

const OWN_PATH = "/api/v1/account/invitations";
const PAGE = 1000;
const DAY_LETTERS = 10;
const ORGANIZATION = ["<organization>", "its name"] as const;
const INVITATION = ["<id>", "as `berth org invitations` shows it"] as const;
const OWN = ["<id>", "as `berth account invitations` shows it"] as const;

type Outcome = z.output<typeof inviteOutcomes>["items"][number];

const inviteOptions = z.object({
  role: z.string(),
  team: z.array(z.string()).default([]),
  file: z.string().optional(),
  dryRun: z.boolean().default(false),
  json: z.boolean().default(false),
});

const inviteCommand: Command = {
  name: "org invite",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("invite people to an organization; without mail, shows what to hand over, this once")
      .description(
        "Names of accounts and e-mail addresses. An account sees it by `berth account invitations`; an address gets a link,\n" +
          "by mail where the hub sends mail. Ends with 1 if somebody cannot be invited; doing it twice does no harm.",
      )
      .argument(...ORGANIZATION)
      .argument("[invitee...]", "names or addresses")
      .option("--file <file>", "read more of them from a file, one a line; `-` is standard input")
      .option(
        "--role <role>",
        "owner, contributor (may push), member (may pull) or a role of its own",
        "member",
      )
      .option("--team <team...>", "put them into these teams, too")
      .option("--dry-run", "say what would become of each, and invite nobody"),
  run: async (invocation) => {
    const { role, team: teams, file, dryRun, json } = inviteOptions.parse(invocation.options);
    const { terminal, operands } = invocation;
    const invitees = [...operands.slice(1), ...(await readInvitees(file, terminal))];
    if (invitees.length === 0) throw new CommandError("usage", "name whom to invite, or a --file");
    await using hub = await connect(invocation);
    let isComplete = true;
    for (let at = 0; at < invitees.length; at += INVITED_AT_ONCE) {
      const some = invitees.slice(at, at + INVITED_AT_ONCE);
      const line = `POST ${pathOf(invocation)}`;
      const outcomes = await invite(hub, line, { invitees: some, role, teams, dryRun });
      for (const outcome of outcomes) tell(terminal, outcome, { dryRun, json });
      isComplete &&= outcomes.every(({ status }) => status !== "invalid");
    }
    return isComplete ? "ok" : "failed";
  },
};

async function invite(hub: HubClient, line: string, body: unknown): Promise<readonly Outcome[]> {
  return (await hub.call({ line, body, answer: inviteOutcomes })).items;
}

function tell(
  terminal: Terminal,
  outcome: Outcome,
  { dryRun, json }: { readonly dryRun: boolean; readonly json: boolean },
): void {
  if (json) {
    terminal.printJson({ type: "item", ...outcome });
    return;
  }
  const { invitee, status, why, invitation, handOver } = outcome;
  const words = {
    invited: dryRun ? "would be invited" : "invited",
    member: "is a member already",
    "already-invited": `is invited already${invitation === undefined ? "" : `, as ${invitation.id}`}`,
    invalid: `cannot be invited: ${why ?? "nobody is called that"}`,
  };
  terminal.print(`${invitee}: ${words[status]}`);
  for (const line of toLines(handOver)) terminal.print(line);
}

/** What to pass on: first for whoever has an account. */
function toLines(handOver: Outcome["handOver"]): readonly string[] {
  if (handOver === undefined) return [];
  const { command, link, signUpCommand } = handOver;
  const signUp = signUpCommand === undefined ? [] : [`  or, without an account: ${signUpCommand}`];
  return [`  ${command}`, ...signUp, ...(link === undefined ? [] : [`  or: ${link}`])];
}

/** An empty line or the end of the input ends the list. */
async function readInvitees(
  file: string | undefined,
  terminal: Terminal,
): Promise<readonly string[]> {
  if (file === undefined) return [];
  const found: string[] = [];
  if (file !== "-") return toNames(await read(file));
  for (;;) {
    const line = await terminal.ask("Whom to invite");
    if (line.trim() === "") return toNames(found.join("\n"));
    found.push(line);
  }
}

function toNames(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new CommandError("usage", `could not read ${file}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

const invitationsCommand = apiCommand({
  name: "org invitations",
  summary: "list who is invited to an organization, a page at a time",
  describe: (line) =>
    line.argument(...ORGANIZATION).option("--after <id>", "begin behind this one"),
  plan: (typed) => ({
    line: `GET ${pathOf(typed)}?${pageOptions(typed)}`,
    answer: pageOf(organizationInvitation),
  }),
  show: ({ items, next }, { operands }) => [
    ...table([
      ["ID", "WHO", "ROLE", "TEAMS", "BY", "UNTIL", "MAIL"],
      ...items.map(({ id, invitee, role, teams, invitedBy, expiresAt, mail = "" }) => [
        ...[id, invitee, role, teams.join(","), invitedBy, expiresAt.slice(0, DAY_LETTERS), mail],
      ]),
    ]),
    ...(next === undefined ? [] : [`more: berth org invitations ${operands[0]} --after ${next}`]),
  ],
});

const uninviteCommand = apiCommand({
  name: "org uninvite",
  summary: "cancel an invitation to an organization; what was sent for it opens nothing any more",
  describe: (line) => line.argument(...ORGANIZATION).argument(...INVITATION),
  plan: (typed) => ({ line: `DELETE ${pathOf(typed)}/${segment(typed, 1)}`, answer: nothing }),
  show: (_answer, { operands }) => [`cancelled ${operands[1]}`],
});

const reinviteCommand = apiCommand({
  name: "org reinvite",
  summary: "send an invitation to an organization again, with a new secret and in your name",
  describe: (line) => line.argument(...ORGANIZATION).argument(...INVITATION),
  plan: (typed) => ({
    line: `POST ${pathOf(typed)}/${segment(typed, 1)}/resend`,
    answer: sentOrganizationInvitation,
  }),
  show: ({ invitee, expiresAt, handOver }) => [
    `${invitee}: invited until ${expiresAt}`,
    ...toLines(handOver),
  ],
});

const ownCommand = apiCommand({
  name: "account invitations",
  summary: "list the organizations that you are invited to",
  describe: (line) => line.option("--after <id>", "begin behind this one"),
  plan: (typed) => ({
    line: `GET ${OWN_PATH}?${pageOptions(typed)}`,
    answer: pageOf(receivedInvitation),
  }),
  show: ({ items, next }) => [
    ...table([
      ["ID", "ORGANIZATION", "ROLE", "TEAMS", "BY", "UNTIL"],
      ...items.map(({ id, organization, role, teams, invitedBy, expiresAt }) => [
        ...[id, organization, role, teams.join(","), invitedBy, expiresAt.slice(0, DAY_LETTERS)],
      ]),
    ]),
    ...(next === undefined ? [] : [`more: berth account invitations --after ${next}`]),
  ],
});

const acceptOptions = z.object({ secret: z.string().optional() });

const acceptCommand = apiCommand({
  name: "account accept",
  summary: "accept an invitation to an organization",
  describe: (line) =>
    line
      .argument("[id]", OWN[1])
      .option("--secret <secret>", "of a link, whatever address it was sent to"),
  plan: async (typed) => {
    const { secret } = acceptOptions.parse(typed.options);
    const answer = acceptedInvitation;
    if (secret === undefined && typed.operands.length > 0)
      return { line: `POST ${OWN_PATH}/${segment(typed, 0)}/accept`, answer };
    const body = { secret: secret ?? (await typed.terminal.askSecret("Secret of the link")) };
    return { line: `POST ${OWN_PATH}`, body, answer };
  },
  show: ({ organization, role, teams }) => [
    `you are ${role} of ${organization}${teams.length === 0 ? "" : `, in ${teams.join(", ")}`}`,
  ],
});

const declineCommand = apiCommand({
  name: "account decline",
  summary: "decline an invitation to an organization",
  describe: (line) => line.argument(...OWN),
  plan: (typed) => ({ line: `DELETE ${OWN_PATH}/${segment(typed, 0)}`, answer: nothing }),
  show: (_answer, { operands }) => [`declined ${operands[0]}`],
});

export const INVITATION_COMMANDS: readonly Command[] = [
  inviteCommand,
  invitationsCommand,
  uninviteCommand,
  reinviteCommand,
  ownCommand,
  acceptCommand,
  declineCommand,
];

function pathOf(typed: Invocation): string {
  return `/api/v1/organizations/${segment(typed, 0)}/invitations`;
}

function pageOptions({ options }: Invocation): URLSearchParams {
  const { after } = z.object({ after: z.string().optional() }).parse(options);
  return new URLSearchParams({ limit: String(PAGE), ...(after && { last: after }) });
}
