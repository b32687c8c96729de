import { z } from "zod";

export const ADVISORIES_PATH = "/api/v1/advisories";

const source = z.object({
  id: z.string(),
  title: z.string(),
  date: z.string().nullable().describe("The day of its newest content, where it says so"),
  ageDays: z.int().nonnegative().nullable(),
  importedAt: z.string(),
  records: z.int().nonnegative(),
});
const ecosystem = z.object({
  ecosystem: z.string(),
  packages: z.int().nonnegative(),
  entries: z.int().nonnegative(),
  newest: z.string().nullable(),
  listsOpen: z
    .boolean()
    .describe(
      'False where only fixed vulnerabilities are listed: "no advisory" is not "not affected"',
    ),
});
const feed = z.object({
  name: z.string(),
  checkedAt: z.string().describe("When it was last asked for"),
  fetchedAt: z.string().nullable().describe("When what is in force was fetched"),
  failed: z
    .boolean()
    .describe("Whether the last time was in vain; what was there is in force then"),
});

export const advisoryStatus = z.object({
  revision: z.string().nullable().describe("Null where nothing was imported yet"),
  made: z.string().nullable(),
  sources: z.array(source),
  ecosystems: z.array(ecosystem),
  feeds: z.array(feed).describe("Feeds that the hub fetches by itself"),
});
