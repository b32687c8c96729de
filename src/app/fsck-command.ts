import type { Command } from "../cli/command.ts";

export const fsckCommand: Command = {
  name: "fsck",
  describe: (line) =>
    line
      .summary("check the data directory for damage")
      .description(
        "Holds the database against the blobs: every tag, manifest, blob and file. Changes nothing, and may run while\n" +
          "the hub serves. Ends with 1 if it found something. With --recount it counts anew what quotas count wrongly.",
      )
      .option("--deep", "hash every blob instead of comparing sizes")
      .option(
        "--recount",
        "correct what is counted of namespaces and repositories, where it is wrong",
      )
      .option("--config <file>", "the configuration file (default: berth.yml, if there is one)")
      .option("--registry-config <file>", "a configuration of registry:2")
      .option("--data <directory>", "the data directory (default: as configured, ./data)"),
  // The hub's own code takes most of a second to load, which nobody waits for who wants another command.
  run: async (invocation) => {
    const { checkData } = await import("./fsck.ts");
    return await checkData(invocation);
  },
};
