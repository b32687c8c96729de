import type { Command } from "../cli/command.ts";

export const rescueCommand: Command = {
  name: "user rescue",
  describe: (line) =>
    line
      .summary("give an administrator who cannot log in any more a new password")
      .description(
        "For the machine of a hub that is stopped, when no administrator can log in any more: makes a random password for one\n" +
          "and shows it this once. Two-factor login is off for them then, their browser sessions end, and an account that was\n" +
          "disabled is in force again. It stands in the audit trail.",
      )
      .argument("[name]", "the administrator (default: admin)")
      .option("--config <file>", "the configuration file (default: berth.yml, if there is one)")
      .option("--registry-config <file>", "a configuration of registry:2")
      .option("--data <directory>", "the data directory (default: as configured, ./data)"),
  run: async (invocation) => {
    const { rescue } = await import("./rescue.ts");
    return await rescue(invocation);
  },
};
