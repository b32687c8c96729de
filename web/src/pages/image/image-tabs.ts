export const IMAGE_TABS = [
  "findings",
  "trust",
  "packages",
  "layers",
  "config",
  "referrers",
] as const;
export type ImageTab = (typeof IMAGE_TABS)[number];

/** What is no image itself has neither layers nor a configuration. */
export function imageTabs(isImage: boolean): readonly ImageTab[] {
  return isImage ? IMAGE_TABS : ["findings", "trust", "packages", "referrers"];
}
