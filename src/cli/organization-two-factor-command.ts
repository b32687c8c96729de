import { ORGANIZATION_TWO_FACTOR_PATH, organizationTwoFactor } from "../contract/two-factor.ts";
import { apiCommand, segment } from "./api-command.ts";
import { type Command, CommandError } from "./command.ts";

const CHOICES: Readonly<Record<string, boolean>> = { yes: true, no: false };

const twoFactorCommand = apiCommand({
  name: "org two-factor",
  summary: "show or change whether an organization asks its people for two-factor login",
  describe: (line) =>
    line
      .argument("<organization>", "which one")
      .option("--required <choice>", "yes: who has none has no rights there until they do; no")
      .description(
        "Members and collaborators without two-factor login have no rights in an organization that asks for it, by whatever\n" +
          "they log in, and have them back once they turn it on. Robots and organizations' tokens are not asked.",
      ),
  plan: (typed) => {
    const path = ORGANIZATION_TWO_FACTOR_PATH.replace(":organization", segment(typed, 0));
    const { required: wish } = typed.options as { readonly required?: string };
    if (wish === undefined) return { line: `GET ${path}`, answer: organizationTwoFactor };
    const required = CHOICES[wish];
    if (required === undefined)
      throw new CommandError("usage", `--required is yes or no, not "${wish}"`);
    return { line: `PUT ${path}`, body: { required }, answer: organizationTwoFactor };
  },
  show: ({ required, without }) => [
    `two-factor login: ${required ? "required" : "optional"}`,
    ...(without.length === 0 ? [] : [`without it: ${without.join(", ")}`]),
  ],
});

export const ORGANIZATION_TWO_FACTOR_COMMANDS: readonly Command[] = [twoFactorCommand];
