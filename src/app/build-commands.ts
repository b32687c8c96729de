import type { Command } from "../cli/command.ts";

const previewCommand: Command = {
  name: "build rules preview",
  describe: (line) =>
    line
      .summary("show which tags build rules make of a branch or tag")
      .description(
        "Rules are written TYPE:SOURCE=TAGS, such as branch:main=latest or 'tag:/^v([0-9.]+)$/={\\1},latest', with Docker Hub's\n" +
          "meaning: a source between slashes is an expression (of RE2), {sourceref} the whole name, {\\1} to {\\9} its groups.\n" +
          "Also {branch}, {tag}, {sha}, {sha7}, {date}, {semver}, {semver.major}, {semver.minor}, {semver.patch}. Needs no hub.\n" +
          "Ends with 1 if no rule makes a tag.",
      )
      .requiredOption("--rule <rule...>", "a rule; may be given several times")
      .requiredOption("--ref <ref>", "refs/heads/BRANCH or refs/tags/TAG")
      .option("--commit <hash>", "the commit, for {sha} and {sha7}", "0".repeat(40))
      .option("--dockerfile <path>", "where the Dockerfile is, from the context")
      .option("--context <path>", "the build context, from the root of the repository")
      .option("--paths <glob...>", "build only if one of these files changed; ! leaves files out")
      .option("--changed <file...>", "what the push changed (default: not known, so anything)"),
  run: async (invocation) => {
    const { previewRules } = await import("./preview-build-rules.ts");
    return previewRules(invocation);
  },
};

export const BUILD_COMMANDS: readonly Command[] = [previewCommand];
