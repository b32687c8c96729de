import type { z } from "zod";
import { SESSIONS_PATH, sessionList } from "../contract/sessions.ts";
import { apiCommand, nothing, segment, table } from "./api-command.ts";
import type { Command, Invocation } from "./command.ts";

type SessionList = z.output<typeof sessionList>;

const DAY_LETTERS = 10;

/** Where somebody is logged in. */
function sessionTable({ items }: SessionList): readonly string[] {
  return table([
    ["ID", "PROVED BY", "SINCE", "LAST USED", "FROM", "CLIENT"],
    ...items.map(({ id, provedBy, createdAt, lastUse, isCurrent }) => [
      id,
      provedBy,
      createdAt.slice(0, DAY_LETTERS),
      lastUse.at.slice(0, DAY_LETTERS),
      lastUse.address,
      isCurrent ? `${lastUse.client} (this command)` : lastUse.client,
    ]),
  ]);
}

const usersPath = (typed: Invocation) => `/api/v1/users/${segment(typed, 0)}/sessions` as const;

const listCommand = apiCommand({
  name: "account sessions list",
  summary: "list the browsers that you are logged in with",
  plan: () => ({ line: `GET ${SESSIONS_PATH}`, answer: sessionList }),
  show: sessionTable,
});

const endCommand = apiCommand({
  name: "account sessions end",
  summary: "log a browser of yours out, or all of them",
  describe: (line) => line.argument("[id]", "as `berth account sessions list` shows it"),
  plan: (typed) => {
    const isOne = typed.operands.length > 0;
    const path = isOne ? `${SESSIONS_PATH}/${segment(typed, 0)}` : SESSIONS_PATH;
    return { line: `DELETE ${path}`, answer: nothing };
  },
  show: (_answer, { operands }) => [`ended ${operands[0] ?? "all sessions"}`],
});

const listOfUserCommand = apiCommand({
  name: "user sessions",
  summary: "list the browsers that somebody is logged in with",
  describe: (line) => line.argument("<name>", "whose"),
  plan: (typed) => ({ line: `GET ${usersPath(typed)}`, answer: sessionList }),
  show: sessionTable,
});

const endOfUserCommand = apiCommand({
  name: "user end-sessions",
  summary: "log somebody out of all browsers, or of one",
  describe: (line) =>
    line
      .argument("<name>", "whom")
      .argument("[id]", "as `berth user sessions` shows it; without it, all"),
  plan: (typed) => {
    const isOne = typed.operands.length > 1;
    const path = usersPath(typed);
    return { line: `DELETE ${isOne ? `${path}/${segment(typed, 1)}` : path}`, answer: nothing };
  },
  show: (_answer, { operands: [name, id] }) => [
    id === undefined ? `ended the sessions of ${name}` : `ended session ${id} of ${name}`,
  ],
});

export const SESSION_COMMANDS: readonly Command[] = [
  listCommand,
  endCommand,
  listOfUserCommand,
  endOfUserCommand,
];
