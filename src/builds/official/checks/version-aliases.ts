import type { DefinitionEntry } from "../parse-definition.ts";

interface Version {
  readonly tag: string;
  readonly parts: readonly [major: number, minor: number, patch: number];
  readonly suffix: string;
  readonly entries: ReadonlySet<number>;
}

const WHOLE = /^v?(\d+)\.(\d+)\.(\d+)(-[a-z][\w.-]*)?$/;

/** Where 1.2.3 has no 1.2 or no 1, where these name an older one, and where there is not one latest. */
export function aliasProblems(entries: readonly DefinitionEntry[]): string[] {
  const owners = ownersOf(entries);
  const versions = [...owners].flatMap(([tag, owned]) => parseVersion(tag, owned));
  const wrong = new Set<string>();
  for (const version of versions) {
    const { parts, suffix } = version;
    for (const length of [2, 1]) {
      const alias = `${parts.slice(0, length).join(".")}${suffix}`;
      const rivals = versions.filter(
        (one) =>
          one.suffix === suffix &&
          one.parts.slice(0, length).join() === parts.slice(0, length).join(),
      );
      if (rivals.some((one) => isNewer(one, version))) continue;
      const held = owners.get(alias);
      if (held === undefined) wrong.add(`${version.tag} has no alias ${alias}`);
      else if (![...held].some((entry) => version.entries.has(entry)))
        wrong.add(`${alias} does not name ${version.tag}, which is the newest`);
    }
  }
  return [...wrong, ...latestProblems(entries)];
}

function ownersOf(entries: readonly DefinitionEntry[]): Map<string, Set<number>> {
  const owners = new Map<string, Set<number>>();
  for (const [index, { tags, sharedTags }] of entries.entries()) {
    for (const tag of [...tags, ...sharedTags])
      owners.set(tag, (owners.get(tag) ?? new Set()).add(index));
  }
  return owners;
}

function parseVersion(tag: string, entries: ReadonlySet<number>): Version[] {
  const [, major, minor, patch, suffix = ""] = WHOLE.exec(tag) ?? [];
  if (major === undefined) return [];
  return [{ tag, parts: [Number(major), Number(minor), Number(patch)], suffix, entries }];
}

function isNewer({ parts: one }: Version, { parts: other }: Version): boolean {
  const index = one.findIndex((part, place) => part !== other[place]);
  return index !== -1 && (one[index] ?? 0) > (other[index] ?? 0);
}

/** Several entries may share it, one for each architecture. */
function latestProblems(entries: readonly DefinitionEntry[]): string[] {
  const has = ({ tags, sharedTags }: DefinitionEntry) =>
    tags.includes("latest") || sharedTags.includes("latest");
  return entries.length > 0 && !entries.some(has) ? ["no entry is latest"] : [];
}
