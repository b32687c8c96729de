import { z } from "zod";

const LARGEST_PAGE = 1000;

/** Every list is paged by the key of its last entry. */
export const pageQuery = z.strictObject({
  last: z.string().max(512).optional().describe("The key of the last entry of the page before"),
  limit: z.coerce.number().int().min(1).max(LARGEST_PAGE).default(100),
});

/** `next` is what to send as `last` for the next page; it is left out on the last page. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().optional() });
}

/** Of one entry more than the page holds, the page. */
export function toPage<Item>(
  entries: readonly Item[],
  limit: number,
  keyOf: (item: Item) => string,
): { items: Item[]; next?: string } {
  const items = entries.slice(0, limit);
  const last = items.at(-1);
  return entries.length > limit && last !== undefined ? { items, next: keyOf(last) } : { items };
}
