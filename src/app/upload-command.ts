import type { Command } from "../cli/command.ts";
import { addConnectionOptions } from "../cli/hub-connection.ts";

export const uploadCommand: Command = {
  name: "build upload",
  describe: (line) =>
    addConnectionOptions(line)
      .summary("build a directory of this machine on the hub")
      .description(
        "Sends a directory to the hub, without what its .dockerignore leaves out, builds its Dockerfile there and shows what is printed\n" +
          "until it ends. Takes the right to push. Ctrl-C ends the upload or the build, and nothing of it stays. Ends with 1 unless the\n" +
          "build succeeded.",
      )
      .argument("<name>", "such as acme/api")
      .argument("[directory]", "the build context (default: the current directory)")
      .option("--tag <tag...>", "what the image is called (default: latest)")
      .option("--file <path>", "the Dockerfile, from the directory (default: Dockerfile)")
      .option(
        "--build-arg <name=value...>",
        "build arguments, which everybody can read in the image",
      )
      .option("--target <stage>", "the stage to build (default: the last)")
      .option("--platform <platform...>", "such as linux/arm64 (default: the builder's own)")
      .option("--no-cache", "use no layers of builds before")
      .option("--no-hooks", "leave the hooks and tests of the directory alone")
      .option("--detach", "do not wait for the build"),
  run: async (invocation) => {
    const { uploadContext } = await import("./upload.ts");
    return await uploadContext(invocation);
  },
};
