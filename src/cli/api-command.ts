import type { Command as CommandLine } from "commander";
import { z } from "zod";
import type { HubCall, HubClient } from "../client/hub-client.ts";
import type { Command, Invocation } from "./command.ts";
import { addConnectionOptions, connect } from "./hub-connection.ts";

interface ApiCommand<Answer> {
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  /** Arguments and options, beside those that every such command has. */
  readonly describe?: (line: CommandLine) => CommandLine;
  /** What to ask of the hub, from what was typed; the client is for what has to be looked up before. */
  readonly plan: (
    invocation: Invocation,
    hub: HubClient,
  ) => HubCall<Answer> | Promise<HubCall<Answer>>;
  /** The result for people; --json prints the answer as it came. */
  readonly show: (answer: Answer, invocation: Invocation) => readonly string[];
}

const jsonOption = z.object({ json: z.boolean().default(false) });

/** A command that asks the hub one thing. */
export function apiCommand<Answer>(spec: ApiCommand<Answer>): Command {
  return {
    name: spec.name,
    describe: (line) => {
      const described = addConnectionOptions(line)
        .summary(spec.summary)
        .description(spec.description ?? sentenceOf(spec.summary));
      return spec.describe?.(described) ?? described;
    },
    run: async (invocation) => {
      const { json } = jsonOption.parse(invocation.options);
      await using hub = await connect(invocation);
      const answer = await hub.call(await spec.plan(invocation, hub));
      if (json) invocation.terminal.printJson(answer ?? null);
      else for (const line of spec.show(answer, invocation)) invocation.terminal.print(line);
      return "ok";
    },
  };
}

/** For answers without a body, or with one that says as much (202). */
export const nothing = z.preprocess((answered) => answered ?? undefined, z.undefined());

/** Of a list that the hub hands out a page at a time: where to begin. */
export const AFTER_OPTION = [
  "--after <entry>",
  "begin behind this one, as the page before says",
] as const;
const PAGE = 1000;
const afterOption = z.object({ after: z.string().optional() });

/** The query for the page that was asked for. */
export function pageQueryOf({ options }: Invocation): string {
  const { after } = afterOption.parse(options);
  return String(new URLSearchParams({ limit: String(PAGE), ...(after && { last: after }) }));
}

/** How to see the rest, if there is any. */
export function moreBy(command: string, next: string | undefined): readonly string[] {
  return next === undefined ? [] : [`more: berth ${command} --after ${next}`];
}

/** One of the words that were typed, fit to stand in a path. */
export function segment({ operands }: Invocation, index: number): string {
  return encodeURIComponent(operands[index] ?? "");
}

/** Columns as wide as what stands in them. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    }
  }
  return rows.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function sentenceOf(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}
