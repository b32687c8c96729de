import { z } from "zod";

export const TAG_RULES_PATH = "/api/v1/tag-rules";

const patterns = z
  .array(z.string().max(1000))
  .max(100)
  .describe("Regular expressions (RE2, the syntax of Go) for whole tags; none: all tags");

export const tagRules = z.object({
  immutable: z.object({ enabled: z.boolean(), patterns }),
});

export const tagRulesChange = z.strictObject({
  immutable: z.strictObject({
    enabled: z.boolean(),
    patterns: patterns.optional().describe("Those that are there, if they are left away"),
  }),
});
