import type { Command } from "../cli/command.ts";

const checkCommand: Command = {
  name: "official check",
  describe: (line) =>
    line
      .summary("check the definition file of an official image")
      .description(
        "Reads a file of docker-library's format (as in docker-library/official-images) and says what is wrong with it, with line\n" +
          "and column; otherwise which tags are built from what. Needs no hub and fetches nothing. Ends with 1 if something is wrong.",
      )
      .argument("<file>", "the definition"),
  run: async (invocation) => {
    const { checkDefinition } = await import("./check-definition.ts");
    return await checkDefinition(invocation);
  },
};

export const OFFICIAL_COMMANDS: readonly Command[] = [checkCommand];
