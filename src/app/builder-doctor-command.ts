import type { Command } from "../cli/command.ts";

export const builderDoctorCommand: Command = {
  name: "builder doctor",
  describe: (line) =>
    line
      .summary("try out whether this machine can build images, and how well it keeps builds apart")
      .description(
        "Tries out, on the machine of the hub, what builds need, and says which level of isolation it reaches and how to raise it.\n" +
          "Run it as the user that the hub runs as. Ends with 1 if nothing can be built here.",
      )
      .option("--builder <name>", "docker or buildkit, to look at one of these instead")
      .option("--address <url>", "where that one listens: unix:///PATH or tcp://HOST:PORT"),
  run: async (invocation) => {
    if (invocation.options.builder !== undefined)
      return await (await import("./engine-doctor.ts")).examineEngine(invocation);
    const { examineBuilder } = await import("./builder-doctor.ts");
    return await examineBuilder(invocation);
  },
};
