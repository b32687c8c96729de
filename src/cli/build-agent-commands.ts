import { BUILD_AGENT_PATHS, buildAgents, madeBuildAgent } from "../contract/build-agents.ts";
import { apiCommand, nothing, segment, table } from "./api-command.ts";
import type { Command } from "./command.ts";

const listCommand = apiCommand({
  name: "build agents list",
  summary: "list the machines that may build for the hub",
  plan: () => ({ line: `GET ${BUILD_AGENT_PATHS.all}`, answer: buildAgents }),
  show: ({ items, level }) => [
    ...table([
      ["NAME", "ADDED BY", "ADDED", "LAST SEEN"],
      ...items.map(({ name, createdBy, createdAt, lastSeenAt }) => [
        ...[name, createdBy, createdAt, lastSeenAt ?? "never"],
      ]),
    ]),
    level === undefined
      ? "None of them is used: builds.builder is not agents."
      : `They do all builds, and the hub itself none: level ${level}.`,
  ],
});

const addCommand = apiCommand({
  name: "build agents add",
  summary: "let a machine build for the hub; its token is shown this once",
  describe: (line) => line.argument("<name>", "such as builder-1"),
  plan: ({ operands: [name] }) => ({
    line: `POST ${BUILD_AGENT_PATHS.all}`,
    body: { name },
    answer: madeBuildAgent,
  }),
  show: ({ secret }) => [secret],
});

const removeCommand = apiCommand({
  name: "build agents remove",
  summary: "let a machine build no more; what it builds is given to another",
  describe: (line) => line.argument("<name>", "as berth build agents list shows it"),
  plan: (typed) => ({
    line: `DELETE ${BUILD_AGENT_PATHS.all}/${segment(typed, 0)}`,
    answer: nothing,
  }),
  show: () => ["removed"],
});

export const BUILD_AGENT_COMMANDS: readonly Command[] = [listCommand, addCommand, removeCommand];
