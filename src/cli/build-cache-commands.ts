import { BUILD_CACHE_PATHS, buildCaches, repositoryBuildCache } from "../contract/build-caches.ts";
import { formatBytes } from "../lib/byte-size.ts";
import { apiCommand, nothing, table } from "./api-command.ts";
import type { Command } from "./command.ts";
import { addConnectionOptions, connect } from "./hub-connection.ts";
import { repositoryPath } from "./repository-path.ts";

const listCommand: Command = {
  name: "build cache list",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("list what the layers take that builds keep for the next ones")
      .description(
        "Of one repository, or of all (for operators of the hub): those that were used longest ago first, which is the order in which\n" +
          "they go when all of them take more than builds.cacheBytes. Layers with Docker Engines, BuildKit and agents are not among them.",
      )
      .argument("[name]", "such as acme/api"),
  run: async (invocation) => {
    const { operands, options, terminal } = invocation;
    const [name] = operands;
    await using hub = await connect(invocation);
    const shown =
      name === undefined
        ? await hub.call({ line: `GET ${BUILD_CACHE_PATHS.all}`, answer: buildCaches })
        : await hub.call({
            line: `GET ${BUILD_CACHE_PATHS.of}/${repositoryPath(name)}`,
            answer: repositoryBuildCache,
          });
    if (options.json === true) {
      terminal.printJson(shown);
      return "ok";
    }
    const items = "items" in shown ? shown.items : [shown];
    const rows = items.map(({ repository, bytes, usedAt, isUsed }) => [
      ...[repository, formatBytes(bytes), isUsed ? "now" : (usedAt ?? "never")],
    ]);
    for (const line of table([["REPOSITORY", "SIZE", "USED"], ...rows])) terminal.print(line);
    terminal.print(`Of a repository ${formatBytes(shown.repositoryLimitBytes)} at most`);
    if ("items" in shown)
      terminal.print(
        `${formatBytes(shown.totalBytes)} in all, ${formatBytes(shown.limitBytes)} at most`,
      );
    return "ok";
  },
};

const clearCommand = apiCommand({
  name: "build cache clear",
  summary: "forget the layers that builds of a repository keep for the next ones",
  description: "The next build builds everything anew. While a build uses them, they stay.",
  describe: (line) => line.argument("<name>", "such as acme/api"),
  plan: ({ operands: [name] }) => ({
    line: `DELETE ${BUILD_CACHE_PATHS.of}/${repositoryPath(name)}`,
    answer: nothing,
  }),
  show: () => ["cleared"],
});

export const BUILD_CACHE_COMMANDS: readonly Command[] = [listCommand, clearCommand];
