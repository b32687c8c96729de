import type { z } from "zod";
import { ACCESS_HELP_PATH, accessHelp } from "../contract/access-help.ts";
import { apiCommand } from "./api-command.ts";
import type { Command } from "./command.ts";

const accessCommand = apiCommand({
  name: "repo access",
  summary: "say what you may do with a repository, and who can let you do more",
  describe: (line) => line.argument("<name>", "such as acme/api"),
  plan: ({ operands: [name = ""] }) => ({
    // The slashes of a name stay what they are.
    line: `GET ${ACCESS_HELP_PATH}/${name.split("/").map(encodeURIComponent).join("/")}`,
    answer: accessHelp,
  }),
  show: (answer) => [
    `${answer.repository} (${answer.visibility})`,
    [`${answer.account ?? "without a login"}: ${answer.may.join(", ")}`, answer.limit]
      .filter(Boolean)
      .join("; "),
    ...(answer.may.includes("admin") ? [] : [granterOf(answer)]),
    ...answer.commands.map(({ right, command }) => `  ${right}: ${command}`),
  ],
});

function granterOf({ granter, granterNames }: z.output<typeof accessHelp>): string {
  const names = granterNames.length === 0 ? "" : `: ${granterNames.join(", ")}`;
  return `${granter} can grant more${names}`;
}

export const ACCESS_COMMANDS: readonly Command[] = [accessCommand];
