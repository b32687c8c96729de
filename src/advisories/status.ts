import type { AdvisoryIndex } from "./index-file/index-reader.ts";

const DAY = 86_400_000;

/** What there is to match against, and how old it is: every door shows it, so that silence is not taken for safety. */
export interface AdvisoryStatus {
  readonly made: string;
  readonly revision: string;
  readonly bytes: number;
  /** Vulnerabilities of which something is known beside the packages. */
  readonly details: number;
  readonly sources: readonly {
    readonly id: string;
    readonly title: string;
    readonly format: string;
    /** The day of its newest content; null where the feed does not say. */
    readonly date: string | null;
    readonly ageDays: number | null;
    readonly importedAt: string;
    readonly records: number;
    readonly listsOpen: boolean;
  }[];
  readonly ecosystems: readonly {
    readonly ecosystem: string;
    readonly packages: number;
    readonly entries: number;
    readonly sources: readonly string[];
    readonly newest: string | null;
    /** False where only fixed vulnerabilities are listed: then "no advisory" is not "not affected". */
    readonly listsOpen: boolean;
  }[];
}

export function readStatus(index: AdvisoryIndex, now: Date): AdvisoryStatus {
  const { header, revision, bytes } = index;
  const sources = header.sources.map(({ id, title, format, date, importedAt, records, lists }) => ({
    id,
    title,
    format,
    date: date ?? null,
    ageDays: date === undefined ? null : daysSince(date, now),
    importedAt,
    records,
    listsOpen: lists === "open-too",
  }));
  const ecosystems = header.coverage.map(({ ecosystem, packages, entries, sources: places }) => {
    const own = places.flatMap((place) => sources[place] ?? []);
    const newest = own.flatMap(({ date }) => date ?? []).sort();
    return {
      ecosystem,
      packages,
      entries,
      sources: own.map(({ id }) => id),
      newest: newest.at(-1) ?? null,
      listsOpen: own.some(({ listsOpen }) => listsOpen),
    };
  });
  const { made, details } = header;
  return { made, revision, bytes, details, sources, ecosystems };
}

function daysSince(day: string, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - Date.parse(day)) / DAY));
}
