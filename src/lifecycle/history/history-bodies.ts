import type { z } from "zod";
import type { deletedManifest, lostTag, pastTag, tagMove } from "../../contract/history.ts";
import type { PastTag, TagMoved, Tombstone } from "../../registry/index.ts";

/** Of one who looks: whether they are told which tokens were used. */
export interface Looker {
  readonly seesTokens: boolean;
}

export function toTagMove(moved: TagMoved, looker: Looker): z.input<typeof tagMove> {
  const { id, from, to, at } = moved;
  return {
    id: String(id),
    ...(from !== null && { from }),
    ...(to !== null && { to }),
    ...toMover(moved, looker),
    at: at.toISOString(),
    ...toFate(moved),
  };
}

export function toPastTag(
  { tag, digest, moved }: PastTag,
  looker: Looker,
): z.input<typeof pastTag> {
  const since = moved.at.toISOString();
  return { tag, digest, since, ...toMover(moved, looker), ...toFate(moved) };
}

export function toLostTag(
  { tag, digest, moved }: PastTag,
  looker: Looker,
): z.input<typeof lostTag> {
  const deletedAt = moved.at.toISOString();
  return { tag, digest, deletedAt, ...toMover(moved, looker), ...toFate(moved) };
}

export function toDeletedManifest(tombstone: Tombstone): z.input<typeof deletedManifest> {
  const { id, digest, mediaType, tags, actor: by, cause, deletedAt, until } = tombstone;
  return {
    ...{ id: String(id), digest, mediaType, tags: [...tags], by, cause },
    deletedAt: deletedAt.toISOString(),
    until: until.toISOString(),
  };
}

function toMover({ actor: by, token, cause }: TagMoved, { seesTokens }: Looker) {
  return { by, ...(seesTokens && token !== null && { token }), cause };
}

function toFate({ fate: { state, until } }: TagMoved) {
  return { state, ...(until && { until: until.toISOString() }) };
}
