import { z } from "zod";
import { profile } from "../contract/accounts.ts";
import { apiCommand } from "./api-command.ts";
import type { Command } from "./command.ts";

const PATH = "/api/v1/account/profile";

const options = z.object({
  givenName: z.string().optional(),
  familyName: z.string().optional(),
  company: z.string().optional(),
  location: z.string().optional(),
});

const profileCommand = apiCommand({
  name: "account profile",
  summary: "show what you tell of yourself, and change what an option names",
  describe: (line) =>
    line
      .option("--given-name <text>", "your given name")
      .option("--family-name <text>", "your family name")
      .option("--company <text>", "where you work")
      .option("--location <text>", "where you are"),
  plan: (typed) => {
    const body = options.parse(typed.options);
    const changes = Object.values(body).some((value) => value !== undefined);
    return changes
      ? { line: `PATCH ${PATH}`, body, answer: profile }
      : { line: `GET ${PATH}`, answer: profile };
  },
  show: ({ givenName, familyName, company, location }) => [
    `name      ${`${givenName} ${familyName}`.trim()}`,
    `company   ${company}`,
    `location  ${location}`,
  ],
});

export const PROFILE_COMMANDS: readonly Command[] = [profileCommand];
