import type { TagImage } from "./tag-details.ts";

/** An image as a list of platforms shows it: `linux/arm64/v8`. */
export function toPlatformImage(
  image: Pick<TagImage, "os" | "architecture" | "variant" | "digest" | "size">,
) {
  const { os, architecture, variant, digest, size } = image;
  const parts = [os, architecture, ...(variant === undefined ? [] : [variant])];
  return { platform: parts.join("/"), digest, bytes: size };
}
