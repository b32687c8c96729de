import type { Command } from "../cli/command.ts";

export const agentCommand: Command = {
  name: "agent",
  describe: (line) =>
    line
      .summary("build images for a hub on this machine")
      .description(
        "Fetches builds from a hub (builds.builder: agents) and does them here, one after the other, until it is stopped.\n" +
          "All connections go out from this machine. The token is that of berth build agents add, given by $BERTH_AGENT_TOKEN or\n" +
          "typed when asked; a hub that is not on this machine has to have TLS.",
      )
      .requiredOption("--hub <url>", "the hub to build for")
      .option("--token <token>", "better given by $BERTH_AGENT_TOKEN, which other users do not see")
      .option(
        "--builder <name>",
        "what builds here, as builds.builder of a hub names it",
        "buildah-trusted",
      )
      .option(
        "--address <url>",
        "where a Docker Engine or buildkitd listens: unix:///... or tcp://",
      )
      .option(
        "--deny-network <network...>",
        "what no build by buildah reaches, beside what is always refused: this machine's public address behind a router, say",
      )
      .option("--data <directory>", "where layers and running builds lie", "./agent"),
  run: async (invocation) => {
    const { serveAsAgent } = await import("./agent.ts");
    return await serveAsAgent(invocation);
  },
};
