import { readFile } from "node:fs/promises";
import { z } from "zod";
import {
  RETENTION_PATHS,
  type RetentionScope,
  retentionChecked,
  retentionHere,
  retentionPolicy,
  retentionRuns,
} from "../contract/retention.ts";
import { formatBytes } from "../lib/byte-size.ts";
import { apiCommand, nothing, table } from "./api-command.ts";
import { type Command, CommandError } from "./command.ts";
import { confirm, YES_OPTION } from "./confirmation.ts";
import { addConnectionOptions, connect } from "./hub-connection.ts";
import { followRun, simulate } from "./retention-follow.ts";
import {
  IN_USE_OPTION,
  inUseOption,
  PATTERN_OPTION,
  SCOPE_ARGUMENT,
  scopeOf,
} from "./retention-scope.ts";

const FILE_ARGUMENT = ["[file]", "the policy; without it, the policy in force"] as const;

function pathOf({ kind, name = "" }: RetentionScope): string {
  if (kind === "hub") return RETENTION_PATHS.hub;
  if (kind === "namespace") return `${RETENTION_PATHS.namespaces}/${encodeURIComponent(name)}`;
  return `${RETENTION_PATHS.repositories}/${name.split("/").map(encodeURIComponent).join("/")}`;
}

async function readPolicyFile(file: string): Promise<string> {
  try {
    return await readFile(file === "-" ? "/dev/stdin" : file, "utf8");
  } catch (cause) {
    throw new CommandError("usage", `could not read ${file}`, { cause });
  }
}

const checkCommand = apiCommand({
  name: "retention check",
  summary: "say whether a policy can be read, and how it reads",
  describe: (line) => line.argument("<file>", "the policy; - for standard input"),
  plan: async ({ operands: [file = ""] }) => ({
    line: `POST ${RETENTION_PATHS.check}`,
    body: { policy: await readPolicyFile(file) },
    answer: retentionChecked,
  }),
  show: ({ reading, lines }) => [
    `${lines} ${lines === 1 ? "rule" : "rules"}; the policy ${reading}`,
  ],
});

const showCommand = apiCommand({
  name: "retention show",
  summary: "show the policy in force, and where it comes from",
  describe: (line) => line.argument(...SCOPE_ARGUMENT),
  plan: (typed) => ({ line: `GET ${pathOf(scopeOf(typed))}`, answer: retentionHere }),
  show: ({ inForce, own }, typed) => {
    const here = own.filter(({ scope }) => scope.pattern !== undefined);
    return [
      ...(inForce === undefined
        ? [`no policy is in force in ${typed.operands[0]}`]
        : describePolicy(inForce, "in force")),
      ...here.flatMap((one) => describePolicy(one, "for a pattern")),
    ];
  },
});

function describePolicy(
  { scope, policy, reading, inUse, pausedAt, updatedBy }: z.output<typeof retentionPolicy>,
  what: string,
): readonly string[] {
  const { kind, name, pattern } = scope;
  const place = [kind, name, pattern && `(${pattern})`].filter(Boolean).join(" ");
  return [
    `${what}, set for the ${place} by ${updatedBy}: ${reading}`,
    ...policy
      .trimEnd()
      .split("\n")
      .map((line) => `  ${line}`),
    ...(inUse === undefined ? [] : [`what was pushed or pulled within ${inUse} is held`]),
    ...(pausedAt === undefined ? [] : [`paused since ${pausedAt}: the schedule leaves it out`]),
  ];
}

const simulateOptions = z.object({
  json: z.boolean().default(false),
  all: z.boolean().default(false),
});

const simulateCommand: Command = {
  name: "retention simulate",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("say what a policy would remove, and remove nothing")
      .description(
        "Says for each tag whether it would stay or go and by which line, what that frees, how it differs from the policy\n" +
          "in force, and what somebody pulled in the last 30 days.",
      )
      .argument(...SCOPE_ARGUMENT)
      .argument(...FILE_ARGUMENT)
      .option(...PATTERN_OPTION)
      .option("--repository", "the scope is a repository with a name of one part")
      .option(...IN_USE_OPTION)
      .option("--all", "show what stays as well"),
  run: async (typed) => {
    const { json, all } = simulateOptions.parse(typed.options);
    const file = typed.operands[1];
    await using hub = await connect(typed);
    await simulate(typed, {
      hub,
      json,
      show: all ? "all" : "removed",
      body: {
        scope: scopeOf(typed),
        ...(file !== undefined && { policy: await readPolicyFile(file) }),
        ...inUseOption.parse(typed.options),
      },
    });
    return "ok";
  },
};

const setCommand: Command = {
  name: "retention set",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("set a policy, after a simulation of it")
      .description(
        "Simulates the policy, shows what it would remove, asks, and sets it. From then on the schedule applies it.",
      )
      .argument(...SCOPE_ARGUMENT)
      .argument("<file>", "the policy; - for standard input")
      .option(...PATTERN_OPTION)
      .option("--repository", "the scope is a repository with a name of one part")
      .option(...IN_USE_OPTION)
      .option(...YES_OPTION),
  run: async (typed) => {
    const { json } = simulateOptions.parse(typed.options);
    const policy = await readPolicyFile(typed.operands[1] ?? "-");
    const scope = scopeOf(typed);
    const { inUse = null } = inUseOption.parse(typed.options);
    await using hub = await connect(typed);
    const body = { scope, policy, inUse };
    const report = await simulate(typed, { hub, json, show: "removed", body });
    const consequence = `from now on the schedule removes what the policy does not keep: ${report.removed} now`;
    await confirm(typed, { name: typed.operands[0] ?? "", consequence });
    const { pattern } = scope;
    const change = { policy, inUse, simulation: report.simulation, ...(pattern && { pattern }) };
    const answer = retentionPolicy;
    const saved = await hub.call({ line: `PUT ${pathOf(scope)}`, body: change, answer });
    if (json) typed.terminal.printJson(saved);
    else typed.terminal.print(`set for ${typed.operands[0]}: the policy ${saved.reading}`);
    return "ok";
  },
};

const offCommand = apiCommand({
  name: "retention off",
  summary: "take a policy away; what is inherited from above holds then",
  describe: (line) => line.argument(...SCOPE_ARGUMENT).option(...PATTERN_OPTION),
  plan: (typed) => {
    const scope = scopeOf(typed);
    const query = new URLSearchParams(scope.pattern ? { pattern: scope.pattern } : {});
    return { line: `DELETE ${pathOf(scope)}?${query}`, answer: nothing };
  },
  show: (_nothing, { operands: [name] }) => [`the policy of ${name} is gone`],
});

function pauseCommand(word: "pause" | "resume"): Command {
  return apiCommand({
    name: `retention ${word}`,
    summary:
      word === "pause"
        ? "have the schedule leave a policy out"
        : "have the schedule apply a policy again, as after an undo",
    describe: (line) => line.argument(...SCOPE_ARGUMENT).option(...PATTERN_OPTION),
    plan: (typed) => {
      const scope = scopeOf(typed);
      const { pattern } = scope;
      const body = { paused: word === "pause", ...(pattern && { pattern }) };
      return { line: `PUT ${pathOf(scope)}`, body, answer: retentionPolicy };
    },
    show: ({ pausedAt }, { operands: [name] }) => [
      pausedAt === undefined ? `the schedule applies the policy of ${name}` : `${name} is paused`,
    ],
  });
}

const applyCommand: Command = {
  name: "retention apply",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("apply the policies in force now")
      .description(
        "Simulates the policies in force, asks, and removes what they do not keep. Ctrl-C ends the run after the step at\n" +
          "hand. Until collection's grace is over, berth retention undo takes all of it back.",
      )
      .argument(...SCOPE_ARGUMENT)
      .option(...PATTERN_OPTION)
      .option("--repository", "the scope is a repository with a name of one part")
      .option(...YES_OPTION),
  run: async (typed) => {
    const { json } = simulateOptions.parse(typed.options);
    const scope = scopeOf(typed);
    await using hub = await connect(typed);
    const report = await simulate(typed, { hub, json, show: "removed", body: { scope } });
    if (report.removed === 0) return "ok";
    const consequence = `this removes ${report.removed} and frees ${formatBytes(report.freedBytes)} once collection's grace is over`;
    await confirm(typed, { name: typed.operands[0] ?? "", consequence });
    await followRun(typed, { hub, json, line: `POST ${RETENTION_PATHS.runs}`, body: { scope } });
    return "ok";
  },
};

const runsCommand = apiCommand({
  name: "retention runs",
  summary: "list what retention did, the newest first",
  describe: (line) => line.argument(...SCOPE_ARGUMENT),
  plan: (typed) => {
    const { kind, name } = scopeOf(typed);
    const query = new URLSearchParams({ kind, ...(name && { name }) });
    return { line: `GET ${RETENTION_PATHS.runs}?${query}`, answer: retentionRuns };
  },
  show: ({ items }) =>
    table([
      ["RUN", "SCOPE", "BEGAN", "BY", "STATE", "REMOVED", "SPARED", "FREES"],
      ...items.map((run) => [
        String(run.id),
        run.scope,
        run.startedAt,
        run.startedBy,
        run.state,
        String(run.removed),
        String(run.spared),
        formatBytes(run.freedBytes),
      ]),
    ]),
});

const undoCommand: Command = {
  name: "retention undo",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("put right what a run removed, until collection's grace is over")
      .description(
        "Puts back the tags that a run removed, as they were, and holds on to their manifests. Tags that were pushed again\n" +
          "since stay as they are. The policies that decided pause, so that the schedule does not do the same again.",
      )
      .argument("<run>", "its number, which berth retention runs lists"),
  run: async (typed) => {
    const { json } = simulateOptions.parse(typed.options);
    const id = encodeURIComponent(typed.operands[0] ?? "");
    await using hub = await connect(typed);
    await followRun(typed, { hub, json, line: `POST ${RETENTION_PATHS.runs}/${id}/undo` });
    return "ok";
  },
};

export const RETENTION_COMMANDS: readonly Command[] = [
  checkCommand,
  simulateCommand,
  setCommand,
  showCommand,
  applyCommand,
  runsCommand,
  undoCommand,
  pauseCommand("pause"),
  pauseCommand("resume"),
  offCommand,
];
