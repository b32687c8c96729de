import type { Command } from "../cli/command.ts";

export const sbomCommand: Command = {
  name: "sbom",
  describe: (line) =>
    line
      .summary("list what is in an image")
      .description(
        "Looks into an image without a hub: an archive of `docker save`, or an OCI image layout as a directory or an\n" +
          "archive. Nothing is unpacked. Files that could not be read are named on standard error.",
      )
      .argument("<file>", "the archive or the directory; with --docker, the image")
      .option("--format <format>", "table, json, cyclonedx, spdx or spdx3", "table")
      .option("--image <name>", "which image, where there are several")
      .option(
        "--platform <platform>",
        "which platform, where there are several (default: this machine's)",
      )
      .option("--docker", "take the image from the docker engine of this machine"),
  // What looks into images takes long to load, which nobody waits for who wants another command.
  run: async (invocation) => {
    const { listContents } = await import("./sbom.ts");
    return await listContents(invocation);
  },
};
