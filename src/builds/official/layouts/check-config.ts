import { z } from "zod";
import { excerpt } from "../../../lib/excerpt.ts";
import { isDigest } from "../../../oci/digest.ts";
import { LayoutRefused } from "./layout-refused.ts";

interface Platform {
  readonly os?: string | undefined;
  readonly architecture?: string | undefined;
  readonly variant?: string | undefined;
}

/** The variant that is meant where a platform names none. */
const PLAIN_VARIANTS: Readonly<Record<string, string>> = { amd64: "v1", arm64: "v8" };

const configFile = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
  rootfs: z.object({ diff_ids: z.array(z.string().refine(isDigest)) }),
  // Nobody who runs an image reads it.
  history: z.array(z.object({ empty_layer: z.boolean().optional() })).catch([]),
});

/**
 * That a configuration is one of an image for the platform, with so many layers; and whether it says of each what made it.
 * Throws LayoutRefused.
 */
export function checkConfig(
  bytes: Buffer,
  wanted: { readonly platform: string; readonly layers: number },
): { readonly hasHistory: boolean } {
  const { rootfs, history, ...platform } = parseConfig(bytes);
  assertPlatform(platform, wanted.platform, "its configuration");
  const { length } = rootfs.diff_ids;
  if (length !== wanted.layers) {
    const message = `its configuration names ${length} layers, and its manifest ${wanted.layers}`;
    throw new LayoutRefused("layers", message);
  }
  return { hasHistory: history.filter((step) => step.empty_layer !== true).length === length };
}

/** A variant need not be said, and is no other than the wanted one if it is. Throws LayoutRefused. */
export function assertPlatform(found: Platform, wanted: string, where: string): void {
  const [os = "", architecture = "", variant = PLAIN_VARIANTS[architecture]] = wanted.split("/");
  const isFor = found.os === os && found.architecture === architecture;
  if (isFor && (found.variant === undefined || found.variant === variant)) return;
  const parts = [found.os, found.architecture, found.variant];
  const own = excerpt(parts.filter((part) => part !== undefined).join("/"));
  throw new LayoutRefused("platform", `${where} is for ${own}, and the entry for ${wanted}`);
}

function parseConfig(bytes: Buffer): z.output<typeof configFile> {
  try {
    return configFile.parse(JSON.parse(bytes.toString("utf8")));
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof z.ZodError)) throw cause;
    const message = "its configuration does not say os, architecture and rootfs.diff_ids";
    throw new LayoutRefused("unreadable", message, { cause });
  }
}
