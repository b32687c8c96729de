import { SESSIONS_PATH, sessionList } from "../contract/sessions.ts";
import { apiCommand, nothing, segment, table } from "./api-command.ts";
import type { Command } from "./command.ts";

const DAY_LETTERS = 10;

const listCommand = apiCommand({
  name: "account sessions list",
  summary: "list the browsers that you are logged in with",
  plan: () => ({ line: `GET ${SESSIONS_PATH}`, answer: sessionList }),
  show: ({ items }) =>
    table([
      ["ID", "PROVED BY", "SINCE", "LAST USED", "FROM", "CLIENT"],
      ...items.map(({ id, provedBy, createdAt, lastUse, isCurrent }) => [
        id,
        provedBy,
        createdAt.slice(0, DAY_LETTERS),
        lastUse.at.slice(0, DAY_LETTERS),
        lastUse.address,
        isCurrent ? `${lastUse.client} (this command)` : lastUse.client,
      ]),
    ]),
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

const endOfUserCommand = apiCommand({
  name: "user end-sessions",
  summary: "log somebody out of all browsers",
  describe: (line) => line.argument("<name>", "whom"),
  plan: (typed) => ({
    line: `DELETE /api/v1/users/${segment(typed, 0)}/sessions`,
    answer: nothing,
  }),
  show: (_answer, { operands }) => [`ended the sessions of ${operands[0]}`],
});

export const SESSION_COMMANDS: readonly Command[] = [listCommand, endCommand, endOfUserCommand];
