import type { Command } from "../cli/command.ts";

export const adoptCommand: Command = {
  name: "adopt",
  describe: (line) =>
    line
      .summary("take over the data directory of a registry:2, in place")
      .description(
        "Takes over a directory that CNCF distribution (registry:2, registry:3, docker-registry) wrote, where it lies: no blob is " +
          "copied or changed. Works while a hub serves the directory, goes on where it was interrupted, and may be run again.",
      )
      .argument(
        "<directory>",
        "what registry:2 has as its rootdirectory, such as /var/lib/registry",
      )
      .option("--data <directory>", "where Berth's own data lies (default: <directory>/berth)"),
  // The hub's own code takes most of a second to load, which nobody waits for who wants another command.
  run: async (invocation) => {
    const { adopt } = await import("./adopt.ts");
    return await adopt(invocation);
  },
};
