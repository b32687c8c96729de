/** What tags lead to: one image, or several in an index. */
export interface TaggedImages<Image> {
  readonly tags: readonly string[];
  readonly images: readonly [Image, ...Image[]];
}

/**
 * As docker-library has it: a tag holds the image of each architecture of its entry, and a shared tag those of all entries that
 * share it, in the order of the definition. Tags that hold the same images lead to the same.
 */
export function joinTags<Image extends { readonly tags: readonly string[] }>(
  images: readonly Image[],
): TaggedImages<Image>[] {
  const held = new Map<string, [Image, ...Image[]]>();
  for (const image of images)
    for (const tag of new Set(image.tags)) {
      const others = held.get(tag);
      if (others === undefined) held.set(tag, [image]);
      else others.push(image);
    }
  const joined = new Map<string, { tags: string[]; images: [Image, ...Image[]] }>();
  for (const [tag, holds] of held) {
    const key = holds.map((image) => images.indexOf(image)).join(" ");
    const known = joined.get(key);
    if (known === undefined) joined.set(key, { tags: [tag], images: holds });
    else known.tags.push(tag);
  }
  return [...joined.values()];
}
