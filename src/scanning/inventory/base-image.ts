import { createHash } from "node:crypto";

/** An image that others may have been built on. */
export interface BaseImage {
  /** Chain id of all its layers (image-spec, config.md): one name for a stack of layers. */
  readonly chainId: string;
  readonly name: string;
  readonly digest: string;
}

/** Where images are known by their stacks of layers: a hub, or a list of well-known ones. */
export interface KnownImages {
  /** Those whose whole stack has one of these chain ids, in any order. */
  listByChainIds(chainIds: readonly string[]): Promise<readonly BaseImage[]>;
}

/** What an image was built on, and how many of its layers come from there. */
export interface FoundBase {
  readonly image: BaseImage;
  readonly layers: number;
}

/**
 * Finds the image that another was built on: the tallest of the known ones whose layers are all its lowest. Nothing that the
 * image says about itself counts; layers are what they are. Of several names for one stack the first by name is told.
 */
export async function findBaseImage(
  diffIds: readonly string[],
  known: KnownImages,
): Promise<FoundBase | undefined> {
  // An image is not its own base.
  const chainIds = chainIdsOf(diffIds).slice(0, -1);
  if (chainIds.length === 0) return undefined;
  const images = await known.listByChainIds(chainIds);
  const tallestFirst = images
    .map((image) => ({ image, layers: chainIds.lastIndexOf(image.chainId) + 1 }))
    .filter(({ layers }) => layers > 0)
    .toSorted((one, other) => other.layers - one.layers || compare(one.image, other.image));
  return tallestFirst[0];
}

/** Of each stack of the lowest layers, from one layer to all. */
export function chainIdsOf(diffIds: readonly string[]): readonly string[] {
  const chainIds: string[] = [];
  for (const diffId of diffIds) {
    const below = chainIds.at(-1);
    chainIds.push(below === undefined ? diffId : digestOf(`${below} ${diffId}`));
  }
  return chainIds;
}

function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

function compare(one: BaseImage, other: BaseImage): number {
  return one.name < other.name ? -1 : Number(one.name > other.name);
}
