import {
  compareVersions,
  isRelease,
  parseTagVersion,
  shortenVersion,
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

/** The newest of `tags` that the alias could stand for. */
export function findNewest(
  tags: Iterable<Tag>,
  { alias, rule, than }: { alias: Tag; rule: AliasRule; than: Tag | undefined },
): Tag | undefined {
  let newest = than;
  for (const tag of tags) {
    if (listAliases(tag, rule).includes(alias) && isNewer(tag, newest)) newest = tag;
  }
  return newest;
}

/** Also true of the same version with other build metadata. */
export function isAtLeast(tag: Tag, other: Tag | undefined): boolean {
  return other === undefined || !isNewer(other, tag);
}

function isNewer(tag: Tag, than: Tag | undefined): boolean {
  if (than === undefined) return true;
  return compareVersions(getVersion(tag), getVersion(than)) > 0;
}

/** Of what is known to be one. */
function getVersion(tag: Tag): TagVersion {
  const version = parseTagVersion(tag);
  if (version === undefined) throw new Error(`the tag ${tag} is no version`);
  return version;
}
