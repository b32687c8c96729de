import { readTextLines } from "../../lib/text-lines.ts";
import { before, EVERYTHING } from "../interval.ts";
import { type AffectedRecord, FeedError, type FeedRecord, type Importer } from "../record.ts";
import { listCves } from "./cve-ids.ts";
import { debianEcosystem } from "./debian-releases.ts";

const HEADING = /^\[(\d{1,2}) (\w{3}) (\d{4})\] ((DSA|DLA)-\d+-(\d+)) (.*)$/;
const PACKAGE = /^\s+\[([a-z]+)\] - (\S+) (\S+)(?: \((.*)\))?/;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

interface Announcement {
  readonly advisory: string;
  readonly source: string;
  readonly date: string;
  readonly isFirst: boolean;
  readonly title: string;
  readonly cves: readonly string[];
}

/** data/DSA/list and data/DLA/list of Debian's security tracker. */
export const debianLists: Importer = {
  format: "debian-list",
  title: "Debian security announcements (DSA, DLA)",
  lists: "fixed-only",
  replaces: "source",
  recognises: ({ head }) => HEADING.test(head.split("\n", 1)[0] ?? ""),
  async *read({ open }): AsyncGenerator<FeedRecord> {
    let current: Announcement | undefined;
    for await (const line of readTextLines(open())) {
      const heading = parseHeading(line);
      current = heading ?? current;
      if (current === undefined) throw new FeedError("it does not begin with an announcement");
      if (heading !== undefined) yield { kind: "feed", source: heading.source, date: heading.date };
      else if (/^\s+\{/.test(line)) current = { ...current, cves: listCves(line) };
      else yield* readPackage(line, current);
    }
  },
};

function parseHeading(line: string): Announcement | undefined {
  const [, day, month, year, advisory, kind, revision, title] = HEADING.exec(line) ?? [];
  if (advisory === undefined || kind === undefined || title === undefined) return undefined;
  const number = MONTHS.indexOf(month ?? "") + 1;
  if (number === 0) throw new FeedError(`${advisory} has no month`);
  const date = `${year}-${String(number).padStart(2, "0")}-${day?.padStart(2, "0")}`;
  const source = `debian-${kind.toLowerCase()}`;
  return { advisory, source, date, isFirst: revision === "1", title, cves: [] };
}

function* readPackage(line: string, announced: Announcement): Generator<FeedRecord> {
  const [, codeName, name, version] = PACKAGE.exec(line) ?? [];
  const ecosystem = debianEcosystem(codeName ?? "");
  const state = version === undefined ? undefined : parseState(version);
  // Notes and releases before woody are not about packages that anybody has.
  if (ecosystem === undefined || name === undefined || state === undefined) return;
  const { advisory, source, cves } = announced;
  const named = cves.length === 0 ? {} : { advisory };
  for (const id of idsOf(announced))
    yield { kind: "affected", source, ecosystem, name, id, ...named, ...state };
}

function parseState(version: string): Pick<AffectedRecord, "affected" | "status"> | undefined {
  switch (version) {
    case "<not-affected>":
      return { affected: [], status: "not-affected" };
    case "<end-of-life>":
      return { affected: [EVERYTHING], status: "end-of-life" };
    case "<unfixed>":
      return { affected: [EVERYTHING] };
    default:
      return version.startsWith("<") ? undefined : { affected: [before(version)] };
  }
}

/** A later revision mends a fix ("regression update") and names no CVE then: it is no vulnerability of its own. */
function idsOf({ cves, isFirst, advisory }: Announcement): readonly string[] {
  if (cves.length > 0) return cves;
  return isFirst ? [advisory] : [];
}
