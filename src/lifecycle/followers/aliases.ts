import {
  compareVersions,
  isRelease,
  parseTagVersion,
  shortenVersion,
  stemOfVersion,
  type TagVersion,
} from "../../lib/semver-order.ts";
import { isTag, type Tag } from "../../oci/tag.ts";
import type { AliasRule } from "../tag-rules/rules.ts";

/** What a plain version is called, with or without a `v`, and without a prefix or variant. */
const PLAIN = "*";

/**
 * Which tags follow a release: `1.4`, `1` and `latest` follow `1.4.2`, and `1.4-alpine` and `1-alpine` follow
 * `1.4.2-alpine`. None for a pre-release, and none for what may itself be an alias, such as `1.4` beside minor aliases.
 */
export function listAliases(tag: Tag, { minor, major, latest }: AliasRule): readonly Tag[] {
  const version = parseTagVersion(tag);
  if (version === undefined || !isRelease(version)) return [];
  if (version.numbers.length < (minor ? 3 : 2)) return [];
  const names = [
    minor ? shortenVersion(tag, 2) : undefined,
    major ? shortenVersion(tag, 1) : undefined,
    latest && version.family === PLAIN ? "latest" : undefined,
  ];
  return names.filter((name): name is Tag => name !== undefined && isTag(name));
}

/** Names strictly between two, in byte order. */
export interface NameRange {
  readonly from: string;
  readonly below: string;
}

/** `latest` follows what begins with a number, with or without a `v`. */
const PLAIN_RANGES: readonly NameRange[] = ["", "V", "v"].map((letter) => ({
  from: `${letter}0`,
  below: `${letter}:`,
}));

/** Where in the order of names all releases lie that the alias could stand for: `1.4` follows names from `1.4.` on. */
export function listReleaseRanges(alias: Tag): readonly NameRange[] {
  const numbers = parseTagVersion(alias)?.numbers ?? [];
  const stem = stemOfVersion(alias, numbers.length);
  if (numbers.length === 0 || stem === undefined) return PLAIN_RANGES;
  return [{ from: `${stem}.`, below: `${stem}/` }];
}

/**
 * Below which name to go on looking, from the last name down, once `newest` is known: all that begin with numbers that come
 * before its own are passed over at once. Undefined if `tag` says nothing about other names.
 */
export function findJump(tag: Tag, newest: Tag | undefined): string | undefined {
  const numbers = parseTagVersion(tag)?.numbers ?? [];
  if (newest === undefined) return undefined;
  const known = getVersion(newest).numbers;
  const at = numbers.findIndex((number, level) => number !== (known[level] ?? 0));
  const isOlder = at >= 0 && (numbers[at] ?? 0) < (known[at] ?? 0);
  const stem = isOlder && at < numbers.length - 1 ? stemOfVersion(tag, at + 1) : undefined;
  return stem && `${stem}.`;
}

/** The newest of `tags` that the alias could stand for. */
export function findNewest(
  tags: Iterable<Tag>,
  { alias, rule, than }: { alias: Tag; rule: AliasRule; than: Tag | undefined },
): Tag | undefined {
  let newest = than;
  let version = than === undefined ? undefined : getVersion(than);
  for (const tag of tags) {
    const candidate = parseTagVersion(tag);
    if (candidate === undefined) continue;
    // Most tags are older, and need no second look.
    if (version !== undefined && compareVersions(candidate, version) <= 0) continue;
    if (!listAliases(tag, rule).includes(alias)) continue;
    newest = tag;
    version = candidate;
  }
  return newest;
}

/** Also true of the same version with other build metadata. */
export function isAtLeast(tag: Tag, other: Tag | undefined): boolean {
  return other === undefined || compareVersions(getVersion(tag), getVersion(other)) >= 0;
}

/** Of what is known to be one. */
function getVersion(tag: Tag): TagVersion {
  const version = parseTagVersion(tag);
  if (version === undefined) throw new Error(`the tag ${tag} is no version`);
  return version;
}
