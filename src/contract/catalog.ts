import { z } from "zod";
import { category } from "./discovery.ts";
import { tagMove } from "./history.ts";
import { IMAGE_STATUSES } from "./official.ts";
import { pageOf, pageQuery } from "./pages.ts";
import { SEVERITIES } from "./scans.ts";

export const HUB_PATH = "/api/v1/hub";
export const EVENTS_PATH = "/api/v1/events";
export const CATALOG_REPOSITORIES_PATH = "/api/v1/catalog/repositories";
export const CATALOG_TAGS_PATH = "/api/v1/catalog/tags";
export const CATALOG_ACTIVITY_PATH = "/api/v1/catalog/activity";
export const CATALOG_IMAGES_PATH = "/api/v1/catalog/images";
export const TAG_DELETIONS_PATH = "/api/v1/tag-deletions";

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
  q: z
    .string()
    .max(255)
    .default("")
    .describe("Words that a name, a description, a category, a label or an architecture holds"),
  category: category.optional(),
  architecture: z.string().max(64).optional().describe("Such as amd64 or arm/v7"),
  label: z.string().max(400).optional().describe("Of the latest image: key=value"),
  namespace: z.string().min(1).max(255).optional().describe("Only of this user or organization"),
  order: z.enum(REPOSITORY_ORDERS).default("pushed"),
});

export const repositoryCard = z.object({
  name: z.string(),
  visibility: z.enum(["public", "private"]),
  description: z.string(),
  isOfficial: z.boolean().describe("Published by the programme of official images, and maintained"),
  pulls: z.int(),
  stars: z.int(),
  lastPushedAt: instant.optional(),
  categories: z.array(category),
  architectures: z.array(z.string()).describe("What its latest images run on"),
  isSigned: z
    .boolean()
    .describe("A tag of it names what somebody signed whose key or identity is trusted there"),
  isVerified: z.boolean().describe("Of a publisher that the hub's administrators vouch for"),
});
export const repositoryCards = pageOf(repositoryCard);

/** Everything that the head of a repository's page shows. */
export const repositoryView = repositoryCard.extend({
  official: z
    .object({ status: z.enum(IMAGE_STATUSES), reason: z.string() })
    .optional()
    .describe("Of an image of the programme: how the hub stands to it, and why"),
  fullDescription: z.string(),
  createdAt: instant,
  lastPulledAt: instant.optional(),
  isStarred: z.boolean().describe("By the caller"),
  tags: z.int(),
  bytes: z.int().describe("What it stores, each byte once"),
  may: z.array(z.enum(["pull", "push", "delete", "admin"])).describe("What the caller may do"),
});

const TAG_ORDERS = ["updated", "-updated", "name", "-name", "version", "-version"] as const;

const TAG_FINDINGS = ["critical", "high", "none", "unknown"] as const;

export const tagsQuery = z.strictObject({
  ...cursorQuery,
  q: z.string().max(128).default("").describe("What a tag's name holds"),
  order: z
    .enum(TAG_ORDERS)
    .default("updated")
    .describe("A minus turns it around; `updated` and `version` begin with the latest"),
  since: instant.optional().describe("Only tags that were pushed or moved from then on"),
  before: instant.optional().describe("Only tags that were pushed or moved last before then"),
  architecture: z.string().max(64).optional().describe("Such as amd64 or arm/v7"),
  findings: z
    .enum(TAG_FINDINGS)
    .optional()
    .describe(
      "`high` holds critical ones, too; `unknown` is what no scan has looked at to its end",
    ),
  signed: z.enum(["yes", "no"]).optional().describe("By somebody whose signature counts there"),
});

const findings = z
  .object({
    state: z
      .enum(["waiting", "done", "failed", "nothing", "unmatched"])
      .describe("`unmatched`: looked into while the hub had no advisories to compare it with"),
    counts: z.partialRecord(z.enum(SEVERITIES), z.int()),
  })
  .describe("Of the platform with the worst; left out for what was never scanned");

const platformImage = z.object({
  platform: z.string().describe("Such as linux/arm64"),
  digest: z.string(),
  bytes: z.int().describe("What a pull of it transfers"),
});

export const tagRow = z.object({
  name: z.string(),
  digest: z.string(),
  mediaType: z.string(),
  platforms: z.array(platformImage),
  updatedAt: instant,
  updatedBy: z.string(),
  lastPulledAt: instant.optional(),
  findings: findings.optional(),
  signatures: z.int().describe("By those whose signatures count there"),
});
/** Of a filter that fits few tags a page may be short, or empty, and have a `next` all the same. */
export const tagRows = pageOf(tagRow);

export const activityQuery = pageQuery.extend({
  last: z
    .string()
    .regex(/^\d{1,15}$/)
    .optional()
    .describe("`next` of the page before"),
});

/** What happened to the tags of a repository, whichever, the latest first. */
export const activityPage = pageOf(
  tagMove
    .pick({ id: true, from: true, to: true, by: true, cause: true, at: true })
    .extend({ tag: z.string() }),
);

const MOST_DELETED = 100;

export const tagDeletion = z.strictObject({
  tags: z.array(z.string().max(128)).min(1).max(MOST_DELETED),
});
/** One that may not go keeps none of the others. */
export const tagsDeleted = z.object({
  deleted: z.array(z.string()),
  refused: z.array(z.object({ tag: z.string(), why: z.string() })),
});

export const imageQuery = z.strictObject({
  reference: z.string().max(300).default("latest").describe("A tag or a digest"),
});

const texts = z.record(z.string(), z.string());

/** One instruction of the build, and the layer that it made. */
const buildStep = z.object({
  instruction: z.string(),
  createdAt: z.string().optional(),
  layer: z.object({ digest: z.string(), bytes: z.int(), mediaType: z.string() }).optional(),
});

/** Everything that the page of an image shows, but for what scans found. */
export const imageView = z.object({
  repository: z.string(),
  digest: z.string(),
  mediaType: z.string(),
  artifactType: z.string().optional(),
  pushedAt: instant,
  tags: z.array(z.string()).describe("Up to 50 that name it"),
  annotations: texts,
  subject: z.string().optional(),
  platforms: z.array(platformImage).describe("Of an index; of an image itself alone"),
  image: z
    .object({
      createdAt: z.string().optional(),
      config: z
        .record(z.string(), z.unknown())
        .describe("What a container of it starts with, as the image says it"),
      steps: z.array(buildStep),
    })
    .optional()
    .describe("Left out for an index and for what is no image"),
  referrers: z
    .array(
      z.object({
        digest: z.string(),
        artifactType: z.string(),
        bytes: z.int(),
        pushedAt: instant,
      }),
    )
    .describe("Up to 100 manifests that speak of it, such as signatures"),
});
