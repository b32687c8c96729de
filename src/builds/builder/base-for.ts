import type { BuildBase } from "./builder.ts";

/** A name stands for the base of one platform at a time: whether it is this one while that platform is built for. */
export function isBaseFor(
  platform: string | undefined,
  base: BuildBase,
  all: readonly BuildBase[],
): boolean {
  if (platform === undefined || base.platform === platform) return true;
  const nameOf = ({ localName, reference }: BuildBase) => localName ?? reference;
  return !all.some((one) => nameOf(one) === nameOf(base) && one.platform === platform);
}
