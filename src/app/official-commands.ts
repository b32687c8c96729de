import type { Command } from "../cli/command.ts";

const checkCommand: Command = {
  name: "official check",
  describe: (line) =>
    line
      .summary("check the definition file of an official image")
      .description(
        "Reads a file of docker-library's format (as in docker-library/official-images) and says what is wrong with it, with line\n" +
          "and column; otherwise which tags are built from what, and which checks of the programme it fails. Needs no hub and\n" +
          "fetches nothing: with --git it also looks at the Dockerfiles, with --docs at the documentation. Checks that need more\n" +
          "are counted as not run. Ends with 1 if something is wrong that would be refused.",
      )
      .argument("<file>", "the definition")
      .option("--git <folder>", "a clone of the sources that the definition names")
      .option(
        "--docs <folder>",
        "content.md, README-short.txt and the others of docker-library/docs",
      ),
  run: async (invocation) => {
    const { checkDefinition } = await import("./check-definition.ts");
    return await checkDefinition(invocation);
  },
};

export const OFFICIAL_COMMANDS: readonly Command[] = [checkCommand];
