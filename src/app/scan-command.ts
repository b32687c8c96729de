import type { Command } from "../cli/command.ts";
import { addConnectionOptions } from "../cli/hub-connection.ts";
import { SEVERITIES } from "../contract/scans.ts";

export const scanCommand: Command = {
  name: "scan",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("find the known vulnerabilities of an image")
      .description(
        "Scans an image of a hub (acme/api:1.2, hub.example.com/acme/api), an archive of `docker save`, or an OCI image layout.\n" +
          "Files are scanned here, without a hub, by the advisories of the data directory (see berth advisories). Ends with 0 if\n" +
          "nothing was found, 1 if something was, 2 if the image could not be scanned and 3 if there is nothing to scan in it.",
      )
      .argument("[image]", "the image, the archive or the directory")
      .option("--severity <severity>", `show this and worse: ${SEVERITIES.join(", ")}`)
      .option(
        "--fail-on <severity>",
        "end with 1 for this and worse only (default: whatever is shown)",
      )
      .option("--only-fixed", "show only what a newer version fixes")
      .option(
        "--flaws",
        "also show what is wrong with the image itself, and packages that do not fit together",
      )
      .option("--suppressed", "also show what somebody decided to be no finding, and why")
      .option(
        "--format <format>",
        "text, table, json, csv, sarif, junit, or a bill of materials: cyclonedx (with the findings), spdx, spdx3",
        "text",
      )
      .option("--platform <platform>", "such as linux/arm64 (default: this machine's)")
      .option("--image <name>", "which image of an archive that has several")
      .option("--dockerfile <file>", "look at a Dockerfile alone: how to build a better image")
      .option("--docker", "take the image from the docker engine of this machine")
      .option("--verify", "of a file: refuse layers that are not what its configuration says")
      .option("--config <file>", "the configuration file (default: berth.yml, if there is one)")
      .option("--data <directory>", "where the advisories lie (default: as configured, ./data)"),
  // What looks into images takes long to load, which nobody waits for who wants another command.
  run: async (invocation) => {
    const { scanImage } = await import("./scan.ts");
    return await scanImage(invocation);
  },
};
