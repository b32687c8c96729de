import type { Command } from "../cli/command.ts";
import { addConnectionOptions } from "../cli/hub-connection.ts";

export const layersCommand: Command = {
  name: "layers",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("show what the layers of an image waste, and what to do about it")
      .description(
        "Looks at an image of a hub (acme/api:1.2), or without a hub at an archive of `docker save` or an OCI image layout: what each\n" +
          "layer brings, how much of it later layers hide, and advice with bytes and, where it is plain, the lines of the Dockerfile\n" +
          "to change. Nothing is unpacked.",
      )
      .argument("<image>", "the image, the archive or the directory")
      .option("--format <format>", "text or json", "text")
      .option("--image <name>", "which image, where there are several")
      .option(
        "--platform <platform>",
        "which platform, where there are several (default: this machine's)",
      )
      .option("--fail-below <score>", "end with 1 if the efficiency is below, such as 0.9")
      .option("--docker", "take the image from the docker engine of this machine"),
  // What looks into images takes long to load, which nobody waits for who wants another command.
  run: async (invocation) => {
    const { showLayers } = await import("./layers.ts");
    return await showLayers(invocation);
  },
};
