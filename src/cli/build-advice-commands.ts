import { BUILD_ADVICE_PATH, buildAdvice } from "../contract/build-advice.ts";
import { printable } from "../lib/printable.ts";
import { apiCommand } from "./api-command.ts";
import type { Command } from "./command.ts";
import { repositoryPath } from "./repository-path.ts";

const adviceCommand = apiCommand({
  name: "build advice",
  summary: "say what the builds of a repository tell about its Dockerfile",
  description:
    "Looks at the steps of the last 50 builds of each Dockerfile: which ran again and again, how long that took, and what to change.",
  describe: (line) => line.argument("<name>", "such as acme/api"),
  plan: ({ operands: [name] }) => ({
    line: `GET ${BUILD_ADVICE_PATH}/${repositoryPath(name)}`,
    answer: buildAdvice,
  }),
  show: ({ items }) =>
    items.length === 0
      ? ["No build has succeeded yet."]
      : items.flatMap(({ context, dockerfile, builds, advice }) => [
          printable(
            `${dockerfile} in ${context}: ${builds} builds, ${advice.length === 0 ? "no advice" : `${advice.length} to change`}`,
          ),
          ...advice.flatMap(({ id, detail, line, why, how, patch }) => [
            printable(`  ${detail} (${id}${line === null ? "" : `, line ${line}`})`),
            printable(`    ${why} ${how}`),
            ...(patch ?? "")
              .split("\n")
              .flatMap((text) => (text === "" ? [] : [printable(`      ${text}`)])),
          ]),
        ]),
});

export const BUILD_ADVICE_COMMANDS: readonly Command[] = [adviceCommand];
