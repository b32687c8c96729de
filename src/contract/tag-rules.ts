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

const format = z.object({ allow });
const immutable = z.object({ enabled: z.boolean(), patterns });
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
  own: z.object({
    format: format.extend(locked.shape).optional(),
    immutable: immutable.extend(locked.shape).optional(),
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
});

/** What is left away stays as it is; null: what the levels above say holds again. */
export const tagRulesChange = z.strictObject({
  format: formatChange.nullable().optional(),
  immutable: immutableChange.nullable().optional(),
});

const lock = { locked: z.boolean().optional().describe("What lower levels say does not count") };

/** Of a level that others are below. */
export const upperTagRulesChange = z.strictObject({
  format: formatChange.extend(lock).nullable().optional(),
  immutable: immutableChange.extend(lock).nullable().optional(),
});
