import { z } from "zod";

const SOURCES_PATH = "/api/v1/build-sources";
export const SOURCE_PATHS = {
  of: `${SOURCES_PATH}/of`,
  fetch: `${SOURCES_PATH}/fetch`,
  hook: "/hooks/git",
} as const;

export const SOURCE_PROVIDERS = [
  "github",
  "gitlab",
  "gitea",
  "bitbucket",
  "bitbucket-server",
  "other",
] as const;
export type SourceProvider = (typeof SOURCE_PROVIDERS)[number];

const time = z.iso.datetime();

export const newBuildSource = z.strictObject({
  url: z.string().max(1000).describe("https://HOST/PATH, ssh://USER@HOST/PATH or USER@HOST:PATH"),
  provider: z.enum(SOURCE_PROVIDERS).default("other").describe("Whose webhooks it sends"),
  context: z
    .string()
    .max(1000)
    .optional()
    .describe("The build context of rules that name none, from the root of the repository"),
  username: z.string().max(255).optional().describe("Beside the token; by default the provider's"),
  token: z.string().min(1).max(4096).optional().describe("For https"),
  deployKey: z
    .string()
    .max(16_384)
    .optional()
    .describe('For ssh: a private key without a passphrase, or "new" for one that the hub makes'),
  hookSecret: z
    .string()
    .min(16)
    .max(255)
    .optional()
    .describe("Which its webhooks are signed with; by default the hub makes one"),
  submodules: z
    .array(z.string().regex(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/))
    .max(20)
    .optional()
    .describe("Fetches submodules: from its own server, and from these hosts. Without it, none"),
  pollMinutes: z
    .int()
    .min(0)
    .max(1440)
    .default(0)
    .describe("How often the hub looks by itself; 0: only when it is told"),
});

export const buildSource = z.object({
  url: z.string(),
  provider: z.enum(SOURCE_PROVIDERS),
  context: z.string().optional(),
  credential: z.enum(["none", "token", "deploy key"]),
  deployKey: z.string().optional().describe("The public half, for the Git server"),
  hostKey: z.string().optional().describe("Of the Git server, as it first showed it"),
  hookUrl: z.string().describe("Where the Git server sends its webhooks"),
  submodules: z.array(z.string()).optional(),
  pollMinutes: z.int(),
  createdBy: z.string(),
  createdAt: time,
  state: z.enum(["waiting", "fetched", "failed"]),
  why: z.string().optional().describe("Why the last look failed"),
  fetchedAt: time.optional(),
});

/** The secret is shown this once. */
export const madeBuildSource = buildSource.extend({ hookSecret: z.string().optional() });
export const buildSourceList = z.object({ items: z.array(buildSource) });
