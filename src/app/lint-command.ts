import type { Command } from "../cli/command.ts";
import { SEVERITIES } from "../contract/scans.ts";

export const lintCommand: Command = {
  name: "lint",
  describe: (line) =>
    line
      .summary("say what could be better in a Dockerfile")
      .description(
        "Looks at a Dockerfile by BuildKit's checks and rules of our own (docs/lint.md), without a hub. RUN steps are also given to\n" +
          "ShellCheck, if it is here. A file says itself what is not to be told: `# check=skip=NAME;error=true` at its top,\n" +
          "`# hadolint ignore=NAME` above a step. Ends with 0 if nothing was found, 1 if something was, 2 if it cannot be read.",
      )
      .argument("[file]", "the Dockerfile; - for standard input (default: Dockerfile)")
      .option("--format <format>", "text, json or sarif", "text")
      .option("--severity <severity>", `show this and worse: ${SEVERITIES.slice(0, 4).join(", ")}`)
      .option("--fail-on <severity>", "end with 1 for this and worse only (default: for anything)")
      .option(
        "--dockerignore <file>",
        "what is kept out of the build (default: the .dockerignore beside the Dockerfile)",
      )
      .option("--label <name...>", "a label that the image has to have")
      .option("--registry <host...>", "a registry that bases may come from (default: any)"),
  run: async (invocation) => {
    const { lintFile } = await import("./lint.ts");
    return await lintFile(invocation);
  },
};
