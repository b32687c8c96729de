import { z } from "zod";
import { readJsonMembers } from "../../lib/json-members.ts";
import { readLineGroups } from "../../lib/text-lines.ts";
import { FeedError, type FeedRecord, type Importer } from "../record.ts";

const CVE = /^CVE-\d{4}-\d{4,19}$/;

/** CVSS vectors of CVEs in a table: cve, published, version, score, vector, assigner. */
export const cvssTable: Importer = {
  format: "cvss-vectors",
  title: "CVSS vectors",
  lists: "open-too",
  replaces: "source",
  recognises: ({ head }) => head.startsWith("# cve\tpublished\tcvss_version"),
  async *read({ open, date }): AsyncGenerator<FeedRecord> {
    const source = "cvss-vectors";
    if (date !== undefined) yield { kind: "feed", source, date };
    for await (const [id = "", published = "", version = "", , vector = ""] of readTable(
      open(),
      "\t",
    )) {
      const prefix = version === "2.0" || vector.startsWith("CVSS:") ? "" : `CVSS:${version}/`;
      if (vector !== "") yield { kind: "detail", source, id, published, cvss: [prefix + vector] };
    }
  },
};

/** FIRST.org's EPSS: the CSV that is published every day, or the same as a table with tabs. */
export const epss: Importer = {
  format: "epss",
  title: "EPSS (FIRST.org)",
  lists: "open-too",
  replaces: "source",
  isOneFeed: true,
  recognises: ({ head }) => /^#model_version:/.test(head) || /^# EPSS scores/.test(head),
  async *read({ open, date }): AsyncGenerator<FeedRecord> {
    const source = "epss";
    let day = date;
    for await (const lines of readLineGroups(open())) {
      for (const line of lines) {
        day = /^#.*score_date:(\d{4}-\d{2}-\d{2})/.exec(line)?.[1] ?? day;
        const scored = /^(?:#|cve,|$)/.test(line) ? undefined : parseScore(line);
        if (scored !== undefined) yield { kind: "detail", source, ...scored };
      }
    }
    if (day !== undefined) yield { kind: "feed", source, date: day };
  },
};

function parseScore(line: string): { id: string; epss: number } {
  const [id = "", score = ""] = line.split(/[,\t]/);
  if (!CVE.test(id) || !/^[\d.e-]+$/.test(score))
    throw new FeedError(`${JSON.stringify(line.slice(0, 80))} is no score of a CVE`);
  return { id, epss: Number(score) };
}

const EXPLOIT_COLUMNS = ["exploitdb", "metasploit", "nuclei", "github"] as const;

/** Where exploits of CVEs are published: a table of ten columns. */
export const exploitTable: Importer = {
  format: "exploit-labels",
  title: "published exploits",
  lists: "open-too",
  replaces: "source",
  recognises: ({ head }) => head.startsWith("# cve\tkev_date\tkev_ransomware"),
  async *read({ open, date }): AsyncGenerator<FeedRecord> {
    const source = "exploits";
    if (date !== undefined && /^\d{4}/.test(date)) yield { kind: "feed", source, date };
    for await (const [
      id = "",
      ,
      ,
      ,
      ,
      count = "",
      ,
      metasploit = "",
      nuclei = "",
      github = "",
    ] of readTable(open(), "\t")) {
      const marks = [count, metasploit, nuclei, github];
      const exploits = EXPLOIT_COLUMNS.filter((_, at) => marks[at] !== "" && marks[at] !== "0");
      if (exploits.length > 0) yield { kind: "detail", source, id, exploits };
    }
  },
};

const known = z.object({
  cveID: z.string(),
  dateAdded: z.string(),
  dueDate: z.string().optional(),
  knownRansomwareCampaignUse: z.string().optional(),
});

/** CISA's catalogue of vulnerabilities that are exploited, as published. */
export const kev: Importer = {
  format: "kev",
  title: "known exploited vulnerabilities (CISA)",
  lists: "open-too",
  replaces: "source",
  isOneFeed: true,
  recognises: ({ head }) => head.includes('"catalogVersion"') && head.includes('"cveID"'),
  async *read({ open }): AsyncGenerator<FeedRecord> {
    let [count, expected] = [0, -1];
    for await (const { name, value } of readJsonMembers(open(), ["vulnerabilities"])) {
      if (name === "dateReleased")
        yield { kind: "feed", source: "kev", date: String(value).slice(0, 10) };
      if (name === "count") expected = Number(value);
      if (name !== "vulnerabilities") continue;
      const {
        cveID: id,
        dateAdded: added,
        dueDate: due,
        knownRansomwareCampaignUse: use,
      } = known.parse(value);
      const facts = { added, isRansomware: use === "Known" };
      count += 1;
      yield {
        kind: "detail",
        source: "kev",
        id,
        knownExploited: due === undefined ? facts : { ...facts, due },
      };
    }
    if (expected >= 0 && expected !== count)
      throw new FeedError(`it says that it has ${expected} entries, and has ${count}`);
  },
};

async function* readTable(
  chunks: AsyncIterable<Uint8Array>,
  separator: string,
): AsyncGenerator<string[]> {
  for await (const lines of readLineGroups(chunks)) {
    for (const line of lines) {
      if (line === "" || line.startsWith("#")) continue;
      const cells = line.split(separator);
      if (!CVE.test(cells[0] ?? ""))
        throw new FeedError(`${JSON.stringify(line.slice(0, 80))} is about no CVE`);
      yield cells;
    }
  }
}
