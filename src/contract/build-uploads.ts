import { z } from "zod";

export const UPLOAD_PATH = "/api/v1/build-uploads";

const TAG = /^\w[\w.-]{0,127}$/;
const MOST_TAGS = 20;

/** The body is a tar archive, the build context. */
export const uploadQuery = z.object({
  tags: z
    .string()
    .max(3000)
    .refine(
      (text) => {
        const tags = splitTags(text);
        return tags.length <= MOST_TAGS && tags.every((tag) => TAG.test(tag));
      },
      { error: `must be up to ${MOST_TAGS} tags with commas between them` },
    )
    .default("latest")
    .describe("What the image is to be called, with commas between"),
  dockerfile: z.string().max(1000).optional().describe("From the root of the archive"),
  target: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]{0,127}$/)
    .optional()
    .describe("The stage to build; the last one without it"),
  args: z.string().max(16_384).optional().describe("Build arguments, as a JSON object"),
  platforms: z.string().max(400).optional().describe("Such as linux/arm64, with commas between"),
  hooks: z.stringbool().optional().describe("False: hooks and tests in the archive are not run"),
  caching: z.stringbool().optional().describe("False: use no layers of builds before"),
});

/** `latest,v1`: without repetitions. */
export function splitTags(text: string): readonly string[] {
  return [...new Set(text.split(",").map((tag) => tag.trim()))];
}
