import type { z } from "zod";
import {
  BUILD_PATHS,
  build,
  buildBases,
  buildSteps,
  logMatches,
  newBuilds,
} from "../contract/builds.ts";
import { printable } from "../lib/printable.ts";
import { apiCommand, segment, table } from "./api-command.ts";
import type { Command } from "./command.ts";
import { addConnectionOptions, connect } from "./hub-connection.ts";

const showCommand: Command = {
  name: "build show",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("show a build, why it waits or failed, and its steps with their times")
      .argument("<id>", "as berth build list shows it"),
  run: async (invocation) => {
    const path = `${BUILD_PATHS.one}/${segment(invocation, 0)}`;
    await using hub = await connect(invocation);
    const shown = await hub.call({ line: `GET ${path}`, answer: build });
    const { items } = await hub.call({ line: `GET ${path}/steps`, answer: buildSteps });
    const { terminal } = invocation;
    if (invocation.options.json === true) {
      terminal.printJson({ ...shown, steps: items });
      return "ok";
    }
    for (const line of [...describeBuild(shown), ...listSteps(items)]) terminal.print(line);
    return "ok";
  },
};

function describeBuild(shown: z.output<typeof build>): readonly string[] {
  const { id, state, phase, reason, ref, commit, tags, startedBy, attempts } = shown;
  const { position, waits, why, exitCode, digest } = shown;
  const rows: (readonly [string, string | undefined])[] = [
    ["build", String(id)],
    ["state", phase === undefined || phase === state ? state : `${state}, ${phase}`],
    ["place", position === undefined ? undefined : `${position} of those that wait`],
    ["waits", waits],
    ["why", why],
    ["exit code", exitCode === undefined ? undefined : String(exitCode)],
    ["ref", `${ref} at ${commit}`],
    ["tags", tags.join(", ")],
    ["image", digest],
    ["begun by", `${startedBy} (${reason})`],
    ["attempts", String(attempts)],
  ];
  return table(
    rows.flatMap(([name, text]) => (text === undefined ? [] : [[name, printable(text)]])),
  );
}

function listSteps(steps: z.output<typeof buildSteps>["items"]): readonly string[] {
  if (steps.length === 0) return [];
  const rows = steps.map(({ number, ms, isCached, text }) => [
    ...[String(number), `${(ms / 1000).toFixed(1)} s`, isCached ? "cached" : "-"],
    printable(text),
  ]);
  return ["", ...table([["STEP", "TIME", "CACHE", "INSTRUCTION"], ...rows])];
}

const retryCommand = apiCommand({
  name: "build retry",
  summary: "build the same commit once more",
  describe: (line) => line.argument("<id>", "as berth build list shows it"),
  plan: (typed) => ({
    line: `POST ${BUILD_PATHS.one}/${segment(typed, 0)}/retry`,
    answer: newBuilds,
  }),
  show: ({ items }) =>
    items.map(({ id, tags }) => `build ${id} of ${tags.join(", ")} waits: berth build logs ${id}`),
});

const searchCommand = apiCommand({
  name: "build search",
  summary: "find lines in the logs of a repository's latest builds",
  describe: (line) =>
    line.argument("<name>", "such as acme/api").argument("<words>", "whatever their case"),
  plan: ({ operands: [name = "", words = ""] }) => {
    const path = name.split("/").map(encodeURIComponent).join("/");
    const query = new URLSearchParams({ q: words });
    return { line: `GET ${BUILD_PATHS.logs}/${path}?${query}`, answer: logMatches };
  },
  show: ({ items, isPartial }) => [
    ...table([
      ["BUILD", "LINE", "TEXT"],
      ...items.map((one) => [String(one.build), String(one.line), printable(one.text)]),
    ]),
    ...(isPartial ? ["there may be more: not everything was looked at"] : []),
  ],
});

function stateOf(
  item: Pick<z.output<typeof buildBases>["items"][number], "isCycle" | "isOutdated" | "why">,
): string {
  if (item.isCycle) return "built on itself";
  if (item.why !== undefined) return `not looked at: ${item.why}`;
  return item.isOutdated ? "rebuild needed" : "up to date";
}

const basesCommand = apiCommand({
  name: "build bases",
  summary: "show which images a repository's are built on, and whether those moved since",
  describe: (line) => line.argument("<name>", "such as acme/api"),
  plan: ({ operands: [name = ""] }) => ({
    line: `GET ${BUILD_PATHS.bases}/${name.split("/").map(encodeURIComponent).join("/")}`,
    answer: buildBases,
  }),
  show: ({ items }) =>
    table([
      ["RULE", "REF", "BASE", "BUILD", "STATE"],
      ...items.map(({ rule, ref, base, build, ...item }) => [
        ...[String(rule), printable(ref), printable(base), String(build), printable(stateOf(item))],
      ]),
    ]),
});

export const BUILD_RUN_COMMANDS: readonly Command[] = [
  showCommand,
  retryCommand,
  searchCommand,
  basesCommand,
];
