import type { Command } from "../cli/command.ts";
import { addConnectionOptions } from "../cli/hub-connection.ts";

export const sbomCommand: Command = {
  name: "sbom",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("list what is in an image")
      .description(
        "Looks into an archive of `docker save`, or an OCI image layout as a directory or an archive, without a hub. Nothing is\n" +
          "unpacked. Files that could not be read are named on standard error. Of an image of a hub (acme/api:1.2) it shows what\n" +
          "the hub found in it.",
      )
      .argument(
        "<image>",
        "the archive, the directory, or the image of a hub; with --docker, of the engine",
      )
      .option("--format <format>", "table, json, cyclonedx, spdx or spdx3", "table")
      .option("--attach", "of a hub: push it beside the image, as its referrer")
      .option("--compare", "of a hub: compare it with the ones that came with the image")
      .option("--image <name>", "which image, where there are several")
      .option(
        "--platform <platform>",
        "which platform, where there are several (default: this machine's)",
      )
      .option("--docker", "take the image from the docker engine of this machine")
      .option("--verify", "of a file: refuse layers that are not what its configuration says"),
  // What looks into images takes long to load, which nobody waits for who wants another command.
  run: async (invocation) => {
    const { listContents } = await import("./sbom.ts");
    return await listContents(invocation);
  },
};
