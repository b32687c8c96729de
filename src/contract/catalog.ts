import { z } from "zod";
import { pageOf } from "./pages.ts";

export const HUB_PATH = "/api/v1/hub";
export const CATALOG_REPOSITORIES_PATH = "/api/v1/catalog/repositories";

const LARGEST_PAGE = 200;
const instant = z.iso.datetime();

/** What a page has to know before it shows anything: the hub, and who looks at it. */
export const hubView = z.object({
  version: z.string(),
  mode: z.enum(["open", "htpasswd", "accounts"]).describe("How the hub knows people"),
  signUp: z
    .enum(["open", "invitation", "closed"])
    .describe("Who may make an account for themselves; closed where there are no accounts"),
  account: z
    .object({
      name: z.string(),
      role: z.enum(["administrator", "auditor"]).optional(),
      owesSecondFactor: z.boolean().describe("They may do nothing before they have one"),
    })
    .optional()
    .describe("Left out for whoever is not logged in"),
});

const REPOSITORY_ORDERS = ["pushed", "pulls", "stars", "name"] as const;

const cursorQuery = {
  last: z
    .string()
    .max(300)
    .regex(/^\d+~[^~]+$/)
    .optional()
    .describe("`next` of the page before"),
  limit: z.coerce.number().int().min(1).max(LARGEST_PAGE).default(50),
};

export const repositoriesQuery = z.strictObject({
  ...cursorQuery,
  q: z.string().max(255).default("").describe("Words that a name or a description holds"),
  order: z.enum(REPOSITORY_ORDERS).default("pushed"),
});

export const repositoryCard = z.object({
  name: z.string(),
  visibility: z.enum(["public", "private"]),
  description: z.string(),
  isOfficial: z.boolean().describe("Of the hub's own library"),
  pulls: z.int(),
  stars: z.int(),
  lastPushedAt: instant.optional(),
});
export const repositoryCards = pageOf(repositoryCard);

/** Everything that the head of a repository's page shows. */
export const repositoryView = repositoryCard.extend({
  fullDescription: z.string(),
  createdAt: instant,
  lastPulledAt: instant.optional(),
  isStarred: z.boolean().describe("By the caller"),
  tags: z.int(),
  bytes: z.int().describe("What it stores, each byte once"),
  may: z.array(z.enum(["pull", "push", "delete", "admin"])).describe("What the caller may do"),
});
