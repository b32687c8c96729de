import { z } from "zod";
import { repositoryAction } from "./accounts.ts";

export const ACCESS_HELP_PATH = "/api/v1/repository-access";

/** What the caller may do with a repository, and how they get to do more. */
export const accessHelp = z.object({
  repository: z.string(),
  visibility: z
    .enum(["public", "private", "absent"])
    .describe("absent: there is none; a push by who may write there makes it"),
  account: z.string().optional().describe("Who asks; absent without a login"),
  may: z.array(repositoryAction).describe("What the account may"),
  limit: z.string().optional().describe("What the login is limited to beside, as a sentence"),
  granter: z.string().describe("Who can grant more, as people say it"),
  granterNames: z.array(z.string()).describe("Some of them, for those who may know the members"),
  commands: z
    .array(z.object({ right: z.string(), command: z.string() }))
    .describe("What to type for each right that is missing"),
});
