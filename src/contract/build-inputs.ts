import { z } from "zod";

export const SECRET_PATHS = {
  of: "/api/v1/build-secrets/of",
  one: "/api/v1/build-secrets/named",
} as const;
export const TRIGGER_PATHS = {
  of: "/api/v1/build-triggers/of",
  one: "/api/v1/build-triggers/one",
  /** As Docker Hub has it. */
  call: "/api/build/v1/source",
} as const;

const time = z.iso.datetime();

/** The id by which `RUN --mount=type=secret,id=` asks for it. */
export const secretName = z.string().regex(/^[A-Za-z0-9_][\w.-]{0,63}$/, {
  error: "must be letters, digits, _, . and -, 64 at most",
});

export const newBuildSecret = z.strictObject({
  name: secretName,
  value: z.string().min(1).max(65_536).describe("Never shown again"),
});
export const buildSecretList = z.object({
  items: z.array(z.object({ name: z.string(), updatedAt: time })),
});

export const newBuildTrigger = z.strictObject({ label: z.string().min(1).max(100) });
export const buildTrigger = z.object({
  id: z.string(),
  label: z.string(),
  createdBy: z.string(),
  createdAt: time,
  usedAt: time.optional(),
});
/** The address is shown this once: whoever knows it starts builds. */
export const madeBuildTrigger = buildTrigger.extend({ url: z.string() });
export const buildTriggerList = z.object({ items: z.array(buildTrigger) });

/** What may be sent to the address of a trigger, as to Docker Hub's; nothing at all builds by all rules. */
export const triggerCall = z
  .object({
    source_type: z.string().max(20).optional(),
    source_name: z.string().max(255).optional(),
    docker_tag: z.string().max(128).optional(),
  })
  .nullish();
