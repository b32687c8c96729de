import type { Kysely } from "kysely";
import { splitPart } from "../../lib/platform-suffix.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { isTag, type Tag } from "../../oci/tag.ts";
import {
  type FollowerHands,
  findTag,
  listTagNames,
  listTagsOfManifest,
  type NamedManifest,
  type TagFollowers,
} from "../../registry/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";
import type { RulePresence } from "../tag-rules/rule-presence.ts";
import { type AliasRule, combineLevels } from "../tag-rules/rules.ts";
import { listLevels } from "../tag-rules/tag-rules-store.ts";
import { findNewest, isAtLeast, listAliases } from "./aliases.ts";
import { pickImage, writeIndex } from "./assembly.ts";
import { findAssembled, findMark, saveAssembled, saveMark } from "./followers-store.ts";

type Db = Kysely<LifecycleTables>;

interface Part {
  readonly base: Tag;
  readonly suffix: string;
}

const PAGE = 10_000;

/**
 * Aliases and assembled tags, as the rules of the repository and of the levels above it say. While there is no rule in the
 * hub a push reads nothing for them.
 */
export function createTagFollowers({
  presence,
}: {
  readonly presence: RulePresence;
}): TagFollowers {
  return {
    async follow(trx, { repositoryId, tags, to }, hands) {
      const db = trx as unknown as Db;
      if (!(await presence.isAny(db))) return;
      const { aliases, assembled } = combineLevels(await listLevels(db, repositoryId));
      const suffixes = assembled?.body.suffixes ?? [];
      for (const tag of tags) {
        const pushed = { repositoryId, tag, to, suffixes };
        const release = await findRelease(db, pushed, hands);
        if (release === undefined || aliases === undefined) continue;
        await moveAliases(db, { repositoryId, release, rule: aliases.body }, hands);
      }
    },
  };
}

/** What was pushed, or what came to be because of it; undefined for a part alone. */
async function findRelease(
  db: Db,
  pushed: { repositoryId: RepositoryId; tag: Tag; to: NamedManifest; suffixes: readonly string[] },
  hands: FollowerHands,
): Promise<{ tag: Tag; to: NamedManifest } | undefined> {
  const { repositoryId, tag, to, suffixes } = pushed;
  const part = findPart(tag, suffixes);
  if (part === undefined) return { tag, to };
  const whole = await assemble(db, { repositoryId, part, suffixes }, hands);
  return whole && { tag: part.base, to: whole };
}

function findPart(tag: Tag, suffixes: readonly string[]): Part | undefined {
  const split = splitPart(tag, suffixes);
  return split !== undefined && isTag(split.base)
    ? { base: split.base, suffix: split.suffix }
    : undefined;
}

/** Undefined until all parts are there, and where the tag is not the registry's to move. */
async function assemble(
  db: Db,
  wish: { repositoryId: RepositoryId; part: Part; suffixes: readonly string[] },
  hands: FollowerHands,
): Promise<NamedManifest | undefined> {
  const { repositoryId, part, suffixes } = wish;
  const { base } = part;
  const entries: Descriptor[] = [];
  let isWhole = true;
  // What was pushed is looked at in any case: its user is there to be told.
  for (const suffix of [part.suffix, ...suffixes.filter((other) => other !== part.suffix)]) {
    const name = `${base}-${suffix}`;
    const named = isTag(name) ? await findTag(db, repositoryId, name) : undefined;
    if (named === undefined) {
      isWhole = false;
      continue;
    }
    const picked = await pickImage({ digest: named.digest, suffix }, hands.read);
    if (picked.kind === "unfit") {
      hands.warn(`${base} was not assembled: ${name} ${picked.why}`);
      return undefined;
    }
    entries.push(...picked.entries);
  }
  if (!isWhole) return undefined;
  const current = (await findTag(db, repositoryId, base))?.digest;
  if (current !== undefined && current !== (await findAssembled(db, repositoryId, base))) {
    hands.warn(`${base} was not assembled: somebody pushed it as something else`);
    return undefined;
  }
  const whole = await hands.assemble(base, writeIndex(inOrder(entries)));
  if (whole === undefined) return undefined;
  await saveAssembled(db, repositoryId, { tag: base, digest: whole.digest });
  return whole;
}

/** The same parts make the same index, whichever came last: images by their platforms, then what attests to them. */
function inOrder(entries: readonly Descriptor[]): readonly Descriptor[] {
  const keyOf = ({ platform, annotations, digest }: Descriptor) => {
    const { os = "", architecture = "", variant = "" } = platform ?? {};
    return [annotations === undefined ? 0 : 1, os, architecture, variant, digest].join(" ");
  };
  return entries.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

async function moveAliases(
  db: Db,
  wish: {
    repositoryId: RepositoryId;
    release: { tag: Tag; to: NamedManifest };
    rule: AliasRule;
  },
  hands: FollowerHands,
): Promise<void> {
  const { repositoryId, release, rule } = wish;
  for (const alias of listAliases(release.tag, rule)) {
    const newest = await findNewestRelease(db, { repositoryId, alias, rule });
    if (!isAtLeast(release.tag, newest)) continue;
    await saveMark(db, repositoryId, { alias, release: release.tag });
    await hands.moveAlias(alias, release.to);
  }
}

/** What the alias may not fall behind: all it ever stood for, and what stands beside it now. */
async function findNewestRelease(
  db: Db,
  { repositoryId, alias, rule }: { repositoryId: RepositoryId; alias: Tag; rule: AliasRule },
): Promise<Tag | undefined> {
  const mark = await findMark(db, repositoryId, alias);
  const current = await findTag(db, repositoryId, alias);
  const beside = current === undefined ? [] : await listTagsOfManifest(db, current.manifestId);
  const newest = findNewest(beside, { alias, rule, than: mark?.release });
  if (mark?.isSettled === true) return newest;
  const found = await surveyReleases(db, { repositoryId, alias, rule, than: newest });
  if (found !== undefined) await saveMark(db, repositoryId, { alias, release: found });
  return found;
}

/** All tags, once for each alias and each time the rule is changed. */
async function surveyReleases(
  db: Db,
  wish: { repositoryId: RepositoryId; alias: Tag; rule: AliasRule; than: Tag | undefined },
): Promise<Tag | undefined> {
  const { repositoryId, ...about } = wish;
  let newest = about.than;
  let last: Tag | undefined;
  for (;;) {
    const names = await listTagNames(db, repositoryId, { last, limit: PAGE });
    newest = findNewest(names, { ...about, than: newest });
    last = names.at(-1);
    if (names.length < PAGE) return newest;
  }
}
