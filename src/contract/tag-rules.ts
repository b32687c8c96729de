import { z } from "zod";

/** Below it, the repository's name; alone, the hub. */
export const TAG_RULES_PATH = "/api/v1/tag-rules";

/** Of a user's or an organization's namespace. */
export const namespaceRulesPath = (name: string) => `/api/v1/namespaces/${name}/tag-rules`;

const patterns = z
  .array(z.string().max(1000))
  .max(100)
  .describe("Regular expressions (RE2, the syntax of Go) for whole tags; none: all tags");

const allow = z
  .array(z.string().max(1000))
  .max(100)
  .describe(
    "Which tags may be pushed: `semver`, `environment`, `architecture`, `glob:release-*`, `regex:v[0-9]+`; none: any",
  );

const from = z
  .object({
    level: z.enum(["hub", "namespace", "repository"]),
    name: z.string().describe("Of the namespace or repository; `hub` for the hub"),
    locked: z.boolean().describe("What lower levels say does not count"),
  })
  .nullable()
  .describe("Which level says so; null: none does");

const YEARS = 100 * 366 * 24 * 3600;
const who = z.string().max(255);
const holders = z
  .array(who)
  .max(32)
  .describe(
    "`alice`, `team:release`, `role:owner`, `robot:ci`, `token:ci`, `administrators`; none: nobody",
  );

const format = z.object({ allow });
const immutable = z.object({
  enabled: z.boolean(),
  patterns,
  youngerThanSeconds: z.int().nullable().describe("For so long after each push; null: for good"),
  untilRetention: z.boolean().describe("Retention may remove them, and nobody else"),
});
const protection = z.object({
  tags: z.string().max(128).describe("A glob; the first line that fits a tag holds for it"),
  push: holders.nullable().describe("Null: whoever may push to the repository"),
  delete: holders.nullable().describe("Null: whoever may delete in the repository"),
});
const isProtected = z.object({ lines: z.array(protection) });
const aliases = z.object({
  minor: z.boolean().describe("`1.4` names the newest release `1.4.x`"),
  major: z.boolean().describe("`1` names the newest release `1.x.y`"),
  latest: z.boolean().describe("`latest` names the newest release"),
});
const assembled = z.object({
  suffixes: z
    .array(z.string().max(64))
    .max(16)
    .describe("`amd64`, `arm64`, `arm-v7`: once all are pushed as `1.4.2-amd64`, `1.4.2` appears"),
});
const locked = z.object({ locked: z.boolean() });

const trial = z.object({
  tag: z.string(),
  exists: z.boolean(),
  push: z
    .object({ allowed: z.boolean(), why: z.string().optional(), nearest: z.string().optional() })
    .describe("Of an image that the tag does not name yet"),
  delete: z.object({ allowed: z.boolean(), why: z.string().optional() }),
});

/** What holds, and where it comes from; `own` is what this level itself says. */
export const tagRules = z.object({
  format: format.extend({ from }),
  immutable: immutable.extend({ from }),
  protected: isProtected.extend({ from }),
  aliases: aliases.extend({ from }),
  assembled: assembled.extend({ from }),
  own: z.object({
    format: format.extend(locked.shape).optional(),
    immutable: immutable.extend(locked.shape).optional(),
    protected: isProtected.extend(locked.shape).optional(),
    aliases: aliases.extend(locked.shape).optional(),
    assembled: assembled.extend(locked.shape).optional(),
  }),
  trials: z.array(trial).optional(),
});

/** `try`: tags, to see what would happen to them if the caller pushed or deleted them. */
export const tagRulesQuery = z.strictObject({
  try: z
    .union([z.string().max(255), z.array(z.string().max(255)).max(50)])
    .transform((given) => (typeof given === "string" ? [given] : given))
    .optional(),
});

const formatChange = z.strictObject({ allow });
const immutableChange = z.strictObject({
  enabled: z.boolean(),
  patterns: patterns.optional().describe("Those that are there, if they are left away"),
  youngerThanSeconds: z.int().min(1).max(YEARS).nullable().optional(),
  untilRetention: z.boolean().optional(),
});
const protectedChange = z.strictObject({
  lines: z
    .array(
      z.strictObject({
        tags: z.string().max(128),
        push: holders.nullable().optional(),
        delete: holders.nullable().optional(),
      }),
    )
    .max(32),
});

const aliasesChange = z.strictObject(aliases.shape);
const assembledChange = z.strictObject(assembled.shape);

/** What is left away stays as it is; null: what the levels above say holds again. */
export const tagRulesChange = z.strictObject({
  format: formatChange.nullable().optional(),
  immutable: immutableChange.nullable().optional(),
  protected: protectedChange.nullable().optional(),
  aliases: aliasesChange.nullable().optional(),
  assembled: assembledChange.nullable().optional(),
});

const lock = { locked: z.boolean().optional().describe("What lower levels say does not count") };

/** Of a level that others are below. */
export const upperTagRulesChange = z.strictObject({
  format: formatChange.extend(lock).nullable().optional(),
  immutable: immutableChange.extend(lock).nullable().optional(),
  protected: protectedChange.extend(lock).nullable().optional(),
  aliases: aliasesChange.extend(lock).nullable().optional(),
  assembled: assembledChange.extend(lock).nullable().optional(),
});

export const TAG_OVERRIDES_PATH = "/api/v1/tag-overrides";

const instant = z.iso.datetime();
const LONGEST = 30 * 24 * 3600;

/** Leave to move or delete one tag that is immutable, by two people. */
export const tagOverride = z.object({
  id: z.string(),
  repository: z.string(),
  tag: z.string(),
  reason: z.string(),
  once: z.boolean().describe("Good for one move or deletion; otherwise until it expires"),
  askedBy: z.string(),
  askedAt: instant,
  approvedBy: z.string().optional(),
  approvedAt: instant.optional(),
  expiresAt: instant,
});

export const newTagOverride = z.strictObject({
  repository: z.string().max(255),
  tag: z.string().max(255),
  reason: z.string().trim().min(1).max(500),
  seconds: z
    .int()
    .min(60)
    .max(LONGEST)
    .default(24 * 3600)
    .describe("How long it lasts at most"),
  once: z.boolean().default(true),
});
