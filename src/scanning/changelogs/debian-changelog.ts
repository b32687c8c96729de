import { listCves } from "../../advisories/index.ts";

/** One version in a changelog of Debian's. */
export interface ChangelogEntry {
  readonly version: string;
  /** "bookworm-security", "unstable" */
  readonly suite: string;
  /** The day that it was signed off; undefined where the trailer has none. */
  readonly date: string | undefined;
  readonly cves: readonly string[];
}

export interface Changelog {
  readonly source: string;
  /** Newest first, as it is written. */
  readonly entries: readonly ChangelogEntry[];
}

const HEADING = /^([a-z0-9][a-z0-9+.-]+) \(([^()\s]+)\)([^;]*);/;
const TRAILER = /^ -- .*?> {1,2}(?:\w{3}, +)?(\d{1,2}) (\w{3}) (\d{4})/;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Undefined for a text that is none (deb-changelog(5)). */
export function parseChangelog(text: string): Changelog | undefined {
  const entries: { version: string; suite: string; date: string | undefined; lines: string[] }[] =
    [];
  let source: string | undefined;
  for (const line of text.split("\n")) {
    const [, name, version, suite] = HEADING.exec(line) ?? [];
    const last = entries.at(-1);
    if (name !== undefined && version !== undefined) {
      source ??= name;
      // What was split off or renamed goes on with the entries of its former name: their versions are of another series.
      if (name !== source) break;
      entries.push({ version, suite: suite?.trim() ?? "", date: undefined, lines: [] });
    } else if (last !== undefined) {
      last.date ??= readDate(line);
      last.lines.push(line);
    }
  }
  if (source === undefined) return undefined;
  return {
    source,
    entries: entries.map(({ lines, ...entry }) => ({ ...entry, cves: listCves(lines.join("\n")) })),
  };
}

function readDate(line: string): string | undefined {
  const [, day, month, year] = TRAILER.exec(line) ?? [];
  const number = MONTHS.indexOf(month ?? "") + 1;
  if (day === undefined || number === 0) return undefined;
  return `${year}-${String(number).padStart(2, "0")}-${day.padStart(2, "0")}`;
}
