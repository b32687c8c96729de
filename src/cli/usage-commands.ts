import { z } from "zod";
import type { HubCall } from "../client/hub-client.ts";
import { FREED_PATH, freedBy, USAGE_SERIES_PATH, usageSeries } from "../contract/usage.ts";
import { formatBytes } from "../lib/byte-size.ts";
import { parseDuration } from "../lib/duration.ts";
import { apiCommand, table } from "./api-command.ts";
import { type Command, CommandError } from "./command.ts";
import { pathOfScope, SCOPE } from "./scope-path.ts";

type Series = z.output<typeof usageSeries>;
type Freed = z.output<typeof freedBy>;
type Answer = Series | Freed;

const TIME = "a time, such as 2026-11-24T08:00:00Z, or how long ago, such as 36h or 90d";

const usageOptions = z.object({
  since: z.string().optional(),
  step: z.enum(["hour", "day"]).optional(),
  freedBy: z.string().optional(),
});

/** Lines of a chart. */
const LINES = 24;
const WIDTH = 40;

const usageCommand = apiCommand<Answer>({
  name: "usage",
  summary: "show what a scope stored over time, or what deleting something would free",
  description:
    "Shows what the whole hub, a user or an organization, or a repository stored over time: hours are kept for 14 days, days for\n" +
    "two years. With --freed-by it says what deleting a tag, a manifest or a whole repository would free.",
  describe: (line) =>
    line
      // What follows `usage pulls` is for that.
      .enablePositionalOptions()
      .argument("[scope]", SCOPE, "hub")
      .option("--since <time>", `${TIME} (default: 7d)`)
      .option("--step <step>", "hour or day")
      .option(
        "--freed-by <ref>",
        "what deleting acme/api:1.4, acme/api@sha256:... or acme/api would free",
      ),
  plan: ({ operands, options }): HubCall<Answer> => {
    const { since, step, freedBy: reference } = usageOptions.parse(options);
    if (reference !== undefined) return { line: `GET ${freedPath(reference)}`, answer: freedBy };
    const query = new URLSearchParams({
      ...(since !== undefined && { since: parseTime(since).toISOString() }),
      ...(step !== undefined && { step }),
    });
    const [scope = "hub"] = operands;
    return { line: `GET ${pathOfScope(USAGE_SERIES_PATH, scope)}?${query}`, answer: usageSeries };
  },
  show: (answer) => ("items" in answer ? describeSeries(answer) : describeFreed(answer)),
});

export const USAGE_COMMANDS: readonly Command[] = [usageCommand];

function parseTime(text: string): Date {
  const ago = parseDuration(text);
  const time = ago === undefined ? new Date(text) : new Date(Date.now() - ago);
  if (Number.isNaN(time.getTime())) throw new CommandError("usage", `"${text}" is not ${TIME}`);
  return time;
}

function freedPath(reference: string): string {
  const [repository = "", digest] = reference.split("@", 2);
  const colon = repository.lastIndexOf(":");
  const tag = digest === undefined && colon > 0 ? repository.slice(colon + 1) : undefined;
  const name = colon > 0 ? repository.slice(0, colon) : repository;
  const query = new URLSearchParams({
    ...(digest !== undefined && { digest }),
    ...(tag !== undefined && { tag }),
  });
  return `${FREED_PATH}/${name.split("/").map(encodeURIComponent).join("/")}?${query}`;
}

/** A bar for each hour or day; for each few of them when there are many, as it was at their end. */
function describeSeries({ scope, step, items }: Series): readonly string[] {
  const name = scope.kind === "hub" ? "the whole hub" : `${scope.kind} ${scope.name}`;
  if (items.length === 0) return [`${name}: nothing is known of that time`];
  const most = Math.max(...items.map(({ bytes }) => bytes), 1);
  const each = Math.ceil(items.length / LINES);
  const shown = items.filter((_, index) => (items.length - 1 - index) % each === 0);
  const time = (at: string) => (step === "day" ? at.slice(0, 10) : `${at.slice(0, 13)}:00Z`);
  const rows = shown.map(({ at, bytes, tags, repositories }) => [
    time(at),
    "#".repeat(Math.round((bytes / most) * WIDTH)).padEnd(WIDTH),
    formatBytes(bytes),
    String(tags),
    ...(scope.kind === "repository" ? [] : [String(repositories)]),
  ]);
  const header = [
    "AT",
    "",
    "BYTES",
    "TAGS",
    ...(scope.kind === "repository" ? [] : ["REPOSITORIES"]),
  ];
  return [`${name}, by the ${step}`, ...table([header, ...rows])];
}

function describeFreed(answer: Freed): readonly string[] {
  const { repository, tag, digest, untagged, freed, withUntagged, otherTags } = answer;
  const what = nameOf({ repository, tag, digest });
  const lines = [`deleting ${what} frees ${sayFreed(freed)}, once collection's grace is over`];
  if (sayFreed(withUntagged) !== sayFreed(freed)) {
    const reason = tag === undefined ? "what hangs below it" : "its manifest";
    lines.push(
      `if ${reason} is deleted, too: ${sayFreed(withUntagged)} (collection.untagged is ${untagged})`,
    );
  }
  if (otherTags.length > 0) {
    const fate = tag === undefined ? "go with it" : "name the same manifest and keep it";
    lines.push(`other tags ${fate}: ${otherTags.join(", ")}`);
  }
  return lines;
}

function nameOf({ repository, tag, digest }: Pick<Freed, "repository" | "tag" | "digest">): string {
  if (tag !== undefined) return `${repository}:${tag}`;
  return digest === undefined ? repository : `${repository}@${digest}`;
}

function sayFreed({ repository, namespace, hub }: Freed["freed"]): string {
  const parts = [`${formatBytes(repository)} of the repository`];
  if (namespace !== undefined) parts.push(`${formatBytes(namespace)} of its namespace`);
  if (hub !== undefined) parts.push(`${formatBytes(hub)} of the hub`);
  return parts.join(", ");
}
