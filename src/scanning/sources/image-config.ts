import { z } from "zod";
import { isDigest } from "../../oci/digest.ts";
import { type ImageConfig, ImageUnreadable } from "./image-source.ts";

/** More layers than any engine mounts. */
const LAYERS_LIMIT = 1000;
/** With steps that make no layer; many are gone through once for each finding. */
const HISTORY_LIMIT = 5000;

const text = z.string().catch("");

const configSchema = z.object({
  os: text,
  architecture: text,
  variant: z.string().optional().catch(undefined),
  created: z.string().optional().catch(undefined),
  rootfs: z.object({
    diff_ids: z.array(z.string().refine((text) => isDigest(text))).max(LAYERS_LIMIT),
  }),
  history: z
    .array(z.object({ created_by: text, empty_layer: z.boolean().catch(false) }))
    .nullish()
    .catch([]),
});

/** Proves that text is the configuration of an image; what it says about running it may be anything. */
export function parseImageConfig(json: string): ImageConfig {
  const parsed = configSchema.safeParse(parseJson(json, "the image's configuration"));
  if (!parsed.success) {
    throw new ImageUnreadable(
      "the image's configuration does not name its layers (rootfs.diff_ids)",
    );
  }
  const { os, architecture, variant, created, rootfs, history } = parsed.data;
  return {
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    ...(created === undefined ? {} : { created }),
    diffIds: rootfs.diff_ids,
    history: (history ?? []).slice(0, HISTORY_LIMIT).map((step) => ({
      createdBy: step.created_by,
      isEmptyLayer: step.empty_layer,
    })),
  };
}

export function parseJson(json: string, what: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new ImageUnreadable(`${what} is not JSON`, { cause });
  }
}
