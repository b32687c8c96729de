import type { Command } from "../cli/command.ts";

export const serveCommand: Command = {
  name: "serve",
  describe: (line) =>
    line
      .summary("run the hub")
      .description(
        "Runs the hub until it is stopped by Ctrl-C or SIGTERM; requests under way may end.",
      )
      .option("--config <file>", "the configuration file (default: berth.yml, if there is one)")
      .option(
        "--registry-config <file>",
        "a configuration of registry:2, whose place this hub takes",
      )
      .option(
        "--listen <host:port>",
        "where to listen (default: :5000; 127.0.0.1:5000 without accounts)",
      )
      .option("--data <directory>", "where everything is kept (default: ./data)")
      .option("--url <address>", "the address under which clients reach the hub"),
  // The hub's own code takes most of a second to load, which nobody waits for who wants another command.
  run: async (invocation) => {
    const { serve } = await import("./serve.ts");
    return await serve(invocation);
  },
};
