import type { Kysely } from "kysely";
import type { z } from "zod";
import type { tagRow, tagRows, tagsQuery } from "../contract/catalog.ts";
import { toPage } from "../contract/pages.ts";
import type { Digest } from "../oci/digest.ts";
import type { Repository } from "../repositories/index.ts";
import type { ScanningTables } from "../scanning/index.ts";
import type { SigningTables } from "../signing/index.ts";
import { type Cursor, parseCursor, printCursor } from "./cursor.ts";
import { countFindings, type FindingCounts, worstOf } from "./finding-counts.ts";
import { toPlatformImage } from "./platform-image.ts";
import { countSignatures } from "./signed.ts";
import { listTagsNamed, type TagDeps, type TagDetails } from "./tag-details.ts";
import { fitsTag } from "./tag-filter.ts";
import type { NamedTag, TagNames } from "./tag-names.ts";

export interface TagRowDeps extends TagDeps {
  readonly tagNames: TagNames;
  readonly scans: Kysely<ScanningTables>;
  readonly signatures: Kysely<SigningTables>;
  readonly clock: () => Date;
}

type Place = Pick<Repository, "id" | "namespaceId">;
type Wish = z.output<typeof tagsQuery>;
type Row = z.input<typeof tagRow>;

interface Placed {
  readonly row: Row;
  readonly position: Cursor;
}

/** Of one request: what fits may be rare, and nobody waits until all 100,000 tags were looked at. The next request goes on. */
const LOOKED_AT = 1000;

/** A page of the tags that fit, with what is in them. It can be short, and more come after it. */
export async function listTagRows(
  deps: TagRowDeps,
  place: Place,
  wish: Wish,
): Promise<z.input<typeof tagRows>> {
  const fitting: Placed[] = [];
  let after = parseCursor(wish.last);
  for (let looked = 0; ; looked += wish.limit) {
    const { items: named, next } = await listNames(deps, place, { ...wish, after });
    fitting.push(
      ...(await describeTags(deps, place, named)).filter(({ row }) => fitsTag(row, wish)),
    );
    const page = toPage(fitting, wish.limit, ({ position }) => printCursor(position));
    const items = page.items.map(({ row }) => row);
    if (page.next !== undefined) return { items, next: page.next };
    if (next === undefined) return { items };
    if (items.length === wish.limit || looked + wish.limit >= LOOKED_AT) return { items, next };
    after = parseCursor(next);
  }
}

async function listNames(
  { tagNames }: TagRowDeps,
  { id: repository }: Place,
  { q: holding, order, limit, since, before, after }: Wish & { readonly after: Cursor | undefined },
) {
  const named = await tagNames.list({
    ...{ repository, holding, order, after, limit: limit + 1 },
    since: since === undefined ? undefined : Date.parse(since),
    before: before === undefined ? undefined : Date.parse(before),
  });
  return toPage(named, limit, ({ position }) => printCursor(position));
}

/** A handful of reads, however many they are. */
async function describeTags(
  deps: TagRowDeps,
  place: Place,
  named: readonly NamedTag[],
): Promise<readonly Placed[]> {
  const positions = new Map<string, Cursor>(named.map(({ name, position }) => [name, position]));
  const names = named.map(({ name }) => name);
  const tags = await listTagsNamed(deps, place.id, names);
  const found = await countFindings(deps.scans, tags.flatMap(digestsOf));
  const signed = await countSignatures(deps.signatures, place, {
    subjects: tags.map(({ digest }) => digest),
    now: deps.clock(),
  });
  return tags.map((tag) => ({
    row: { ...toRow(tag, found), signatures: signed.get(tag.digest) ?? 0 },
    position: positions.get(tag.name) ?? { weight: 0, name: tag.name },
  }));
}

function digestsOf({ images }: TagDetails): Digest[] {
  return images.map(({ digest }) => digest);
}

function toRow(
  tag: TagDetails,
  found: ReadonlyMap<Digest, FindingCounts>,
): Omit<Row, "signatures"> {
  const { name, digest, mediaType, images, updatedAt, updatedBy, lastPulledAt } = tag;
  const findings = worstOf(digestsOf(tag).flatMap((one) => found.get(one) ?? []));
  return {
    ...{ name, digest, mediaType, updatedBy },
    platforms: images.map(toPlatformImage),
    updatedAt: updatedAt.toISOString(),
    lastPulledAt: lastPulledAt?.toISOString(),
    findings,
  };
}
