import { z } from "zod";

const AGENTS_PATH = "/api/v1/build-agents";
/** What an agent asks, by the token that an administrator gave it. */
const AGENT_PATH = "/api/v1/build-agent";
export const BUILD_AGENT_PATHS = {
  all: AGENTS_PATH,
  claim: `${AGENT_PATH}/claim`,
  jobs: `${AGENT_PATH}/jobs`,
} as const;

const time = z.iso.datetime();

export const newBuildAgent = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/, "must be small letters and digits, with . _ - between")
    .max(64),
});
export const buildAgent = z.object({
  name: z.string(),
  createdBy: z.string(),
  createdAt: time,
  lastSeenAt: time.optional().describe("When it last asked for something to build"),
});
export const buildAgents = z.object({
  items: z.array(buildAgent),
  level: z
    .enum(["remote"])
    .optional()
    .describe("Where agents do all builds (builds.builder: agents), and the hub itself none"),
});
export const madeBuildAgent = buildAgent.extend({
  secret: z.string().describe("What the agent shows; the hub does not keep it"),
});

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const bytes = z.number().int().nonnegative();

/** What an agent is to build. The source and the bases are asked for by themselves. */
export const agentJob = z.object({
  id: z.string(),
  context: z.string(),
  dockerfile: z.string(),
  target: z.string().optional(),
  args: z.record(z.string(), z.string()),
  secrets: z.array(z.object({ id: z.string(), value: z.base64() })),
  platforms: z.array(z.string()),
  dockerfileText: z
    .string()
    .optional()
    .describe("In place of what the file says: the same with the local names of bases"),
  bases: z.array(
    z.object({
      reference: z.string(),
      localName: z.string().optional().describe("By which the text knows it"),
      platform: z.string(),
      digest,
      isPassing: z.boolean().optional().describe("Made by this very build"),
    }),
  ),
  cache: z.object({ repository: z.number().int(), isTrusted: z.boolean() }).optional(),
  network: z.enum(["none", "filtered"]),
  limits: z.object({
    memoryBytes: z.number(),
    cpus: z.number(),
    processes: z.number(),
    diskBytes: z.number(),
    wallMs: z.number(),
    idleMs: z.number(),
    logBytes: z.number(),
  }),
  leaseMs: z.number().int().positive().describe("Whoever is silent for longer has lost the job"),
});

const agentStep = z.object({
  number: z.number().int().positive(),
  text: z.string().max(10_000),
  ms: z.number().nonnegative(),
  isCached: z.boolean(),
});

export const agentProgress = z.strictObject({
  offset: bytes.describe("Of the first byte, in all that the build printed"),
  output: z.base64().max(600_000),
  steps: z.array(agentStep).max(500).describe("Which have ended since"),
});
export const agentProgressAnswer = z.object({
  next: bytes.describe("From which byte on the hub wants the rest"),
});
export const agentHeartbeat = z.object({ goesOn: z.boolean() });

export const agentFiles = z.object({ files: z.array(z.string()) });

export const agentEnding = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("built"),
    images: z
      .array(z.strictObject({ platform: z.string().optional(), digest }))
      .min(1)
      .max(20),
  }),
  z.strictObject({
    kind: z.literal("failed"),
    why: z.string().max(4000),
    exitCode: z.number().int().optional(),
  }),
]);
