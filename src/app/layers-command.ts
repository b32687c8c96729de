import type { Command } from "../cli/command.ts";

export const layersCommand: Command = {
  name: "layers",
  describe: (line) =>
    line
      .summary("show what the layers of an image waste, and what to do about it")
      .description(
        "Looks at an archive of `docker save` or an OCI image layout, without a hub: what each layer brings, how much of it later\n" +
          "layers hide, and advice with bytes and, where it is plain, the lines of the Dockerfile to change. Nothing is unpacked.",
      )
      .argument("<image>", "the archive or the directory; with --docker, the image")
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
