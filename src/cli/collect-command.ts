import { z } from "zod";
import { type CollectEvent, collectEvent, OPERATION_PATHS } from "../contract/operations.ts";
import { formatBytes } from "../lib/byte-size.ts";
import type { Command } from "./command.ts";
import { followOperation } from "./follow-operation.ts";
import { addConnectionOptions, connect } from "./hub-connection.ts";

const collectOptions = z.object({
  json: z.boolean().default(false),
  dryRun: z.boolean().default(false),
});

type CollectedItem = Extract<CollectEvent, { type: "item" }>;
type CollectReport = Extract<CollectEvent, { type: "report" }>;

export const collectCommand: Command = {
  name: "collect",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("remove what nothing refers to any more")
      .description(
        "Removes manifests, blobs and uploads that nothing refers to any more, while the hub goes on serving.\n" +
          "The hub does this by itself all the time; the command does it now.",
      )
      .option("--dry-run", "say what would go and why, and remove nothing"),
  run: async (invocation) => {
    const { json, dryRun } = collectOptions.parse(invocation.options);
    await using hub = await connect(invocation);
    const events = hub.stream({
      path: OPERATION_PATHS.collect,
      body: { dryRun },
      event: collectEvent,
    });
    await followOperation(events, {
      terminal: invocation.terminal,
      json,
      label: "examined",
      describe: (event) => (event.type === "item" ? describeItem(event) : describeReport(event)),
    });
    return "ok";
  },
};

function describeItem({ action, kind, repository, digest, bytes, why }: CollectedItem): string {
  const what = [kind, repository, digest].filter((part) => part !== undefined).join(" ");
  return `${action}: ${what} (${formatBytes(bytes)}): ${why}`;
}

function describeReport({ dryRun, examined, removed, kept, freedBytes }: CollectReport): string {
  return dryRun
    ? `${examined} examined, ${removed} would be removed, ${kept} kept, ${formatBytes(freedBytes)} to gain`
    : `${examined} examined, ${removed} removed, ${kept} kept, ${formatBytes(freedBytes)} freed`;
}
