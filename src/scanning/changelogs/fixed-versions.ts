import { compareDpkg } from "../../lib/version-order/dpkg.ts";
import type { Changelog, ChangelogEntry } from "./debian-changelog.ts";

interface Fix {
  readonly version: string;
  readonly suite: string;
  readonly date: string | undefined;
}

/** Which versions of which sources fixed what, as their changelogs say: the oldest entry that names a CVE is the one with the fix. */
export class FixedVersions {
  readonly #fixes = new Map<string, Map<string, Fix>>();

  add({ source, entries }: Changelog): void {
    const known = this.#fixes.get(source) ?? new Map<string, Fix>();
    this.#fixes.set(source, known);
    for (const entry of entries) for (const cve of entry.cves) keepOldest(known, cve, entry);
  }

  /** How many pairs of a source and a CVE. */
  get size(): number {
    return [...this.#fixes.values()].reduce((sum, fixes) => sum + fixes.size, 0);
  }

  /** One line a source, in the form that `berth advisories import` knows as debian-changelogs. */
  *toLines(release: string): Generator<string> {
    for (const [source, fixes] of [...this.#fixes].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const fixed: Record<string, { date: string; suite: string; cves: string[] }> = {};
      for (const [cve, { version, suite, date }] of [...fixes].sort())
        if (date !== undefined) {
          fixed[version] ??= { date, suite, cves: [] };
          fixed[version].cves.push(cve);
        }
      if (Object.keys(fixed).length > 0) yield `${JSON.stringify({ source, release, fixed })}\n`;
    }
  }
}

function keepOldest(known: Map<string, Fix>, cve: string, entry: ChangelogEntry): void {
  const former = known.get(cve);
  if (former !== undefined && compareDpkg(former.version, entry.version) <= 0) return;
  const { version, suite, date } = entry;
  known.set(cve, { version, suite, date });
}
