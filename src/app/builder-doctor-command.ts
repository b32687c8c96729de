import type { Command } from "../cli/command.ts";

export const builderDoctorCommand: Command = {
  name: "builder doctor",
  describe: (line) =>
    line
      .summary("try out whether this machine can build images, and how well it keeps builds apart")
      .description(
        "Tries out, on the machine of the hub, what builds need, and says which level of isolation it reaches and how to raise it.\n" +
          "Run it as the user that the hub runs as, with its configuration: whether builds.network.deny holds is tried out too.\n" +
          "Ends with 1 if nothing can be built here, or if a network that is to be denied to builds is not.",
      )
      .option("--builder <name>", "docker or buildkit, to look at one of these instead")
      .option("--address <url>", "where that one listens: unix:///PATH or tcp://HOST:PORT")
      .option("--config <file>", "the configuration file (default: berth.yml, if there is one)")
      .option(
        "--deny-network <network...>",
        "on the machine of an agent, in place of builds.network.deny: what berth agent is given",
      ),
  run: async (invocation) => {
    if (invocation.options.builder !== undefined)
      return await (await import("./engine-doctor.ts")).examineEngine(invocation);
    const { examineBuilder } = await import("./builder-doctor.ts");
    return await examineBuilder(invocation);
  },
};
