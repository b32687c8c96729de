import type { Command } from "../cli/command.ts";

export const auditVerifyCommand: Command = {
  name: "audit verify",
  describe: (line) =>
    line
      .summary("prove that the audit trail is whole and unchanged")
      .description(
        "Reads the audit trail of a data directory, or an export of it, and proves its chain: an entry that was changed,\n" +
          "removed, inserted or moved is found. Needs no hub. Prints the head of the chain: keep it elsewhere, and a later\n" +
          "check with --head also proves that nothing up to it was cut off or replaced. Ends with 1 if it found something.",
      )
      .argument(
        "[export]",
        "JSON lines, as berth audit export prints them (default: a data directory)",
      )
      .option("--file <export>", "the same")
      .option("--head <hash>", "an entry's hash that has to be there still")
      .option("--config <file>", "the configuration file (default: berth.yml, if there is one)")
      .option("--registry-config <file>", "a configuration of registry:2")
      .option("--data <directory>", "the data directory (default: as configured, ./data)"),
  // The hub's own code takes most of a second to load, which nobody waits for who wants another command.
  run: async (invocation) => {
    const { verifyAudit } = await import("./audit-verify.ts");
    return await verifyAudit(invocation);
  },
};
