import { importFeeds, remarksOn, updateFeeds } from "../advisories/index.ts";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import { whereOptions, withLock } from "./advisories.ts";
import { createFeedClient } from "./feed-client.ts";
import { loadSettings } from "./load-settings.ts";

/** `berth advisories update` */
export async function update(invocation: Invocation): Promise<ExitReason> {
  const { terminal } = invocation;
  const options = whereOptions.parse(invocation.options);
  const { config } = loadSettings(options, terminal.environment);
  const { feeds, timeout, every: _every, ...settings } = config.advisories;
  if (feeds.length === 0)
    throw new CommandError("failed", "no feeds are configured: see advisories.feeds");
  const progress = terminal.openProgress("fetched");
  await using client = createFeedClient(config.outbound.allow);
  const clock = () => new Date();
  const { signal } = terminal;
  const outcomes = await withLock(invocation, (directory) =>
    updateFeeds({
      ...settings,
      ...{ directory, feeds, signal, clock, timeoutMs: timeout, open: client.open },
      bringIn: async (path, format) =>
        remarksOn(await importFeeds({ directory, path, format, clock, signal })),
      onProgress: (_name, done, total) => progress.update({ done, total, unit: "bytes" }),
    }),
  );
  progress.clear();
  if (options.json) terminal.printJson(outcomes);
  else
    for (const { name, outcome, reason, remarks = [] } of outcomes) {
      terminal.print(
        reason === undefined ? `${name}: ${outcome}` : `${name}: ${outcome}: ${reason}`,
      );
      for (const remark of remarks) terminal.print(`warning: ${name}: ${remark}`);
    }
  return outcomes.some(({ outcome }) => outcome === "failed") ? "failed" : "ok";
}
