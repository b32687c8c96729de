import type { Command } from "../cli/command.ts";

export const tlsDevCommand: Command = {
  name: "tls dev",
  describe: (line) =>
    line
      .summary(
        "make an authority of your own and a certificate for this hub, for trying things out",
      )
      .description(
        "Makes an authority that only you trust, and with it a certificate for the hub, in DATA/tls; says how the hub serves with it\n" +
          "and where docker, podman and notary want the authority. Content trust needs it: docker speaks of signatures by https\n" +
          "only. Run it again for other names or before the certificate is over: the authority stays, and what trusts it does.",
      )
      .argument("[name...]", "names and addresses of the hub beside localhost and this machine's")
      .option(
        "--port <port>",
        "the hub's port, for the paths that clients look in (default: as configured)",
      )
      .option(
        "--install",
        "also put the authority where docker of this user looks for content trust",
      )
      .option("--config <file>", "the configuration file (default: berth.yml, if there is one)")
      .option("--data <directory>", "the data directory (default: as configured, ./data)"),
  run: async (invocation) => {
    const { makeDevelopmentTls } = await import("./tls-dev.ts");
    return await makeDevelopmentTls(invocation);
  },
};
