import { z } from "zod";
import { pageOf } from "../contract/pages.ts";
import { STARS_PATH, star, TRAFFIC_PATH, USAGE_PATH } from "../contract/pulls.ts";
import { apiCommand, nothing, table } from "./api-command.ts";
import type { Command, Invocation } from "./command.ts";
import { addConnectionOptions, connect } from "./hub-connection.ts";

const PAGE = 1000;

const starCommand = apiCommand({
  name: "repo star",
  summary: "mark a repository, to find it again",
  describe: (line) => line.argument("<name>", "such as acme/api"),
  plan: (typed) => ({ line: `PUT ${starPath(typed)}`, answer: nothing }),
  show: () => ["starred"],
});

const unstarCommand = apiCommand({
  name: "repo unstar",
  summary: "take a star away again",
  describe: (line) => line.argument("<name>", "such as acme/api"),
  plan: (typed) => ({ line: `DELETE ${starPath(typed)}`, answer: nothing }),
  show: () => ["taken away"],
});

const starsCommand = apiCommand({
  name: "repo stars",
  summary: "list the repositories that you marked",
  describe: (line) => line.option("--after <name>", "begin behind this name"),
  plan: ({ options }) => {
    const { after } = z.object({ after: z.string().optional() }).parse(options);
    const query = new URLSearchParams({ limit: String(PAGE), ...(after && { last: after }) });
    return { line: `GET ${STARS_PATH}?${query}`, answer: pageOf(star) };
  },
  show: ({ items, next }) => [
    ...table([
      ["NAME", "SINCE"],
      ...items.map(({ repository, starredAt }) => [repository, starredAt]),
    ]),
    ...(next === undefined ? [] : [`more: berth repo stars --after ${next}`]),
  ],
});

const usageOptions = z.object({
  namespace: z.string().optional(),
  from: z.string().optional(),
  to: z.string().optional(),
  json: z.boolean().default(false),
});

const WHOSE =
  "all to administrators and auditors of the hub,\nthose of a namespace to its owner. --json prints JSON lines.";

const usageCommand = sheetCommand({
  name: "usage pulls",
  path: USAGE_PATH,
  summary: "print who pulled what in which hour, as CSV",
  description: `Prints pulls by hour, account, address and image, in the columns of Docker Hub's reports: ${WHOSE}`,
});

const trafficCommand = sheetCommand({
  name: "usage traffic",
  path: TRAFFIC_PATH,
  summary: "print pulls, pushes and their bytes by hour, repository and token, as CSV",
  description: `Prints pulls, pushes and bytes by hour, namespace, repository, account and token: ${WHOSE}`,
});

/** Lines that are printed as they come. */
function sheetCommand(sheet: {
  readonly name: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
}): Command {
  return {
    name: sheet.name,
    describe: (line) =>
      addConnectionOptions(line)
        .summary(sheet.summary)
        .description(sheet.description)
        .option("--namespace <name>", "of this user or organization")
        .option("--from <time>", "not before this time, such as 2026-11-24T00:00:00Z")
        .option("--to <time>", "before this time"),
    run: async (invocation) => {
      const { json, ...rest } = usageOptions.parse(invocation.options);
      const given = Object.entries(rest).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, value] as [string, string]],
      );
      const query = new URLSearchParams([...given, ["format", json ? "jsonl" : "csv"]]);
      await using hub = await connect(invocation);
      const decoder = new TextDecoder();
      let left = "";
      for await (const chunk of hub.download(`${sheet.path}?${query}`)) {
        const lines = (left + decoder.decode(chunk, { stream: true })).split("\n");
        left = lines.pop() ?? "";
        for (const line of lines) invocation.terminal.print(line.replace(/\r$/, ""));
      }
      return "ok";
    },
  };
}

export const PULL_COMMANDS: readonly Command[] = [
  starCommand,
  unstarCommand,
  starsCommand,
  usageCommand,
  trafficCommand,
];

/** The slashes of a name stay what they are. */
function starPath({ operands }: Invocation): string {
  const [name = ""] = operands;
  return `${STARS_PATH}/${name.split("/").map(encodeURIComponent).join("/")}`;
}
