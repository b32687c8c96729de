import type { Kysely } from "kysely";
import { splitPart } from "../../lib/platform-suffix.ts";
import { parseTagVersion } from "../../lib/semver-order.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import { isTag, type Tag } from "../../oci/tag.ts";
import type { Database } from "../../platform/db/index.ts";
import {
  type FollowerHands,
  findTag,
  type NamedManifest,
  type TagFollowers,
} from "../../registry/index.ts";
import { findRepository, type PushTarget, type RepositoryId } from "../../repositories/index.ts";
import type { LifecycleTables } from "../tables.ts";
import type { RulePresence } from "../tag-rules/rule-presence.ts";
import { type AliasRule, combineLevels } from "../tag-rules/rules.ts";
import { doubtAliasesOf, listLevels } from "../tag-rules/tag-rules-store.ts";
import { isAtLeast, listAliases } from "./aliases.ts";
import { pickImage, writeIndex } from "./assembly.ts";
import { findAssembled, findMark, saveAssembled, saveMark } from "./followers-store.ts";
import { ReleaseSurveys } from "./release-surveys.ts";

type Db = Kysely<LifecycleTables>;

interface Part {
  readonly base: Tag;
  readonly suffix: string;
}

/**
 * Aliases and assembled tags, as the rules of the repository and of the levels above it say. While there is no rule in the
 * hub a push reads nothing for them.
 */
export function createTagFollowers({
  presence,
  database: { reader },
}: {
  readonly presence: RulePresence;
  readonly database: Pick<Database<LifecycleTables>, "reader">;
}): TagFollowers {
  const surveys = new ReleaseSurveys(reader);
  return {
    async prepare(target, tags) {
      if (!tags.some((tag) => parseTagVersion(tag) !== undefined)) return;
      if (!(await presence.isAny(reader))) return;
      const repositoryId = await findTarget(reader, target);
      if (repositoryId !== undefined) await prepareAliases(reader, { surveys, repositoryId, tags });
    },
    async follow(trx, { repositoryId, tags, to }, hands) {
      const db = trx as unknown as Db;
      if (!(await presence.isAny(db))) return;
      const { aliases, assembled } = combineLevels(await listLevels(db, repositoryId));
      const suffixes = assembled?.body.suffixes ?? [];
      for (const tag of tags) {
        const pushed = { repositoryId, tag, to, suffixes };
        const release = await findRelease(db, pushed, hands);
        if (release === undefined || aliases === undefined) continue;
        await moveAliases(db, { surveys, repositoryId, release, rule: aliases.body }, hands);
      }
    },
    ...aliasDoubts,
  };
}

/** For those who let tags come without a push, and know no more of aliases. */
export const aliasDoubts: Pick<TagFollowers, "doubt"> = {
  doubt: (trx, repositoryId) => doubtAliasesOf(trx as unknown as Db, repositoryId),
};

/** Undefined before the first push. */
async function findTarget(db: Db, { name, repositoryId }: PushTarget) {
  if (repositoryId === undefined) return await findRepository(db, name);
  return repositoryId === 0 ? undefined : (repositoryId as RepositoryId);
}

async function prepareAliases(
  reader: Db,
  pushed: {
    readonly surveys: Pick<ReleaseSurveys, "prepare">;
    readonly repositoryId: RepositoryId;
    readonly tags: readonly Tag[];
  },
): Promise<void> {
  const { surveys, repositoryId, tags } = pushed;
  const { aliases, assembled } = combineLevels(await listLevels(reader, repositoryId));
  if (aliases === undefined) return;
  const { body: rule } = aliases;
  const suffixes = assembled?.body.suffixes ?? [];
  const releases = tags.map((tag) => findPart(tag, suffixes)?.base ?? tag);
  for (const alias of new Set(releases.flatMap((release) => listAliases(release, rule)))) {
    const mark = await findMark(reader, repositoryId, alias);
    if (mark?.isSettled !== true) await surveys.prepare({ repositoryId, alias, rule });
  }
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
    surveys: Pick<ReleaseSurveys, "findNewest">;
    repositoryId: RepositoryId;
    release: { tag: Tag; to: NamedManifest };
    rule: AliasRule;
  },
  hands: FollowerHands,
): Promise<void> {
  const { surveys, repositoryId, release, rule } = wish;
  for (const alias of listAliases(release.tag, rule)) {
    // All it ever stood for, and all that is there, unless the mark counts that already.
    const mark = await findMark(db, repositoryId, alias);
    const newest =
      mark?.isSettled === true
        ? mark.release
        : await surveys.findNewest(db, { repositoryId, alias, rule }, mark?.release);
    const isNext = isAtLeast(release.tag, newest);
    const counted = isNext ? release.tag : newest;
    if (counted !== mark?.release || mark?.isSettled !== true) {
      await saveMark(db, repositoryId, { alias, release: counted ?? release.tag });
    }
    if (isNext) await hands.moveAlias(alias, release.to);
  }
}
