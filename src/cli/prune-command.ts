import { z } from "zod";
import type { HubClient } from "../client/hub-client.ts";
import {
  RETENTION_PATHS,
  type RetentionScope,
  retentionRemovals,
  type SimulationEvent,
} from "../contract/retention.ts";
import { formatBytes } from "../lib/byte-size.ts";
import { type Command, CommandError, type Invocation } from "./command.ts";
import { addConnectionOptions, connect } from "./hub-connection.ts";
import { followRun, simulate } from "./retention-follow.ts";
import {
  IN_USE_OPTION,
  inUseOption,
  PATTERN_OPTION,
  SCOPE_ARGUMENT,
  scopeOf,
} from "./retention-scope.ts";

const pruneOptions = z.object({
  json: z.boolean().default(false),
  all: z.boolean().default(false),
  force: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  filter: z.array(z.string()).default([]),
});
type Options = z.output<typeof pruneOptions>;

interface Pruning {
  readonly hub: HubClient;
  readonly options: Options;
  readonly body: {
    readonly scope: RetentionScope;
    readonly policy: string;
    readonly inUse?: string | undefined;
  };
}

/** `docker image prune`, for what lies in the hub. */
export const pruneCommand: Command = {
  name: "prune",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("remove unused images, with docker's filters")
      .description(
        "Removes images without a tag, as docker image prune does, and with --all those with a tag as well. It lists what goes\n" +
          "and asks first. Until collection's grace is over, berth retention undo takes all of it back. Rules that hold again\n" +
          "and again are set by berth retention set.",
      )
      .argument(...SCOPE_ARGUMENT)
      .option("-a, --all", "remove tags as well, not just dangling images; needs a filter")
      .option(
        "--filter <filter>",
        'such as "until=720h", "label=env=dev" or "label!=keep"; of several, all have to hold',
        (filter: string, others: readonly string[] = []) => [...others, filter],
      )
      .option("-f, --force", "do not list and ask first")
      .option("--dry-run", "list what would go, and remove nothing")
      .option(...PATTERN_OPTION)
      .option("--repository", "the scope is a repository with a name of one part")
      .option(...IN_USE_OPTION),
  run: async (typed) => {
    const options = pruneOptions.parse(typed.options);
    const scope = scopeOf(typed);
    const body = { scope, policy: toPolicy(options), ...inUseOption.parse(typed.options) };
    await using hub = await connect(typed);
    const pruning = { hub, options, body };
    if (options.force && !options.dryRun) await prune(typed, pruning);
    else await pruneIfWanted(typed, pruning);
    return "ok";
  },
};

/** What docker's words mean as a policy. */
function toPolicy({ all, filter }: Options): string {
  if (all && filter.length === 0) {
    throw new CommandError(
      "usage",
      'a hub does not know which images nobody runs: with --all, say which by --filter, such as --filter "until=720h"',
    );
  }
  const filters = filter.map((one) => ` --filter "${one.replaceAll(/(["\\])/g, "\\$1")}"`).join("");
  return `delete untagged${filters}${all ? `\ndelete${filters}` : ""}`;
}

async function pruneIfWanted(typed: Invocation, pruning: Pruning): Promise<void> {
  const { hub, options, body } = pruning;
  const { json, all, dryRun } = options;
  const { removed } = await simulate(typed, {
    ...{ hub, json, describe },
    show: "removed",
    body: { ...body, once: true },
  });
  if (dryRun || removed === 0) return;
  await ask(typed, { all, scope: body.scope, removed });
  await begin(typed, pruning);
}

async function ask(
  { terminal }: Invocation,
  what: { readonly all: boolean; readonly scope: RetentionScope; readonly removed: number },
): Promise<void> {
  const { all, scope, removed } = what;
  const where = scope.name ?? "the hub";
  const kind = all ? "images" : "dangling images";
  terminal.note(`WARNING! This will remove these ${removed} ${kind} of ${where}.`);
  const answer = await terminal.askWord("Are you sure you want to continue? [y/N]");
  if (answer === undefined)
    throw new CommandError("usage", "there is nobody to ask; say --force if you are sure");
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new CommandError("usage", "nothing was done");
}

async function prune(typed: Invocation, pruning: Pruning): Promise<void> {
  const { hub, options } = pruning;
  const { terminal } = typed;
  const run = await begin(typed, pruning);
  for (let last = "0"; ; ) {
    const line = `GET ${RETENTION_PATHS.runs}/${run.id}/removals?limit=1000&last=${last}`;
    const page = await hub.call({ line, answer: retentionRemovals });
    for (const item of page.items) {
      if (options.json) terminal.printJson(item);
      else terminal.print(lineOf(item));
    }
    if (page.next === undefined) return;
    last = page.next;
  }
}

async function begin(typed: Invocation, { hub, options: { json }, body }: Pruning) {
  return await followRun(typed, { hub, json, line: `POST ${RETENTION_PATHS.runs}`, body });
}

function describe(event: Extract<SimulationEvent, { type: "item" | "report" }>): string {
  if (event.type === "item") return lineOf(event);
  return `Total space to reclaim: ${formatBytes(event.freedBytes)}`;
}

/** As docker writes it. */
function lineOf(item: { repository: string; tag?: string | undefined; digest: string }): string {
  return item.tag === undefined
    ? `deleted: ${item.repository}@${item.digest}`
    : `untagged: ${item.repository}:${item.tag}`;
}
