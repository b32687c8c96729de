import { z } from "zod";
import { readJsonMembers } from "../../lib/json-members.ts";
import { before } from "../interval.ts";
import { FeedError, type FeedRecord, type Importer } from "../record.ts";
import { listCves } from "./cve-ids.ts";
import { readRecords } from "./json-records.ts";

/** Version with the fix → what it fixes; null where nobody wrote anything. */
const secfixes = z.record(z.string(), z.array(z.string()).nullable());
const published = z.object({ pkg: z.object({ name: z.string(), secfixes }) });
const line = z.object({ rel: z.string(), repo: z.string(), pkg: z.string(), secfixes });

interface Place {
  readonly release: string;
  readonly repository: string;
}

/** secdb.alpinelinux.org/v3.20/main.json, and the files of the same form of Wolfi and Chainguard. */
export const alpineSecdb: Importer = {
  format: "alpine-secdb",
  title: "Alpine security database",
  lists: "fixed-only",
  replaces: "source",
  recognises: ({ head }) =>
    /^\s*\{/.test(head) && head.includes('"packages"') && /"secfixes"\s*:/.test(head),
  async *read({ open, date }): AsyncGenerator<FeedRecord> {
    const facts = new Map<string, string>();
    const found: z.output<typeof published>[] = [];
    // The release stands before the packages or after them.
    for await (const { name, value } of readJsonMembers(open(), ["packages"])) {
      if (name === "packages") found.push(published.parse(value));
      else facts.set(name, String(value));
    }
    const release = facts.get("distroversion") ?? vendorOf(facts.get("urlprefix") ?? "");
    if (release === "") throw new FeedError("it does not say which release it is about");
    const place = { release, repository: facts.get("reponame") ?? "" };
    if (date !== undefined) yield { kind: "feed", source: sourceOf(place), date };
    for (const { pkg } of found) yield* toRecords(place, pkg.name, pkg.secfixes);
  },
};

/** The same, one package a line, several releases in one file. */
export const alpineLines: Importer = {
  format: "alpine-secdb-lines",
  title: "Alpine security database",
  lists: "fixed-only",
  replaces: "source",
  recognises: ({ head }) => /^\{"rel":"[^"]+","repo":/.test(head),
  async *read({ open, date }): AsyncGenerator<FeedRecord> {
    for await (const { rel, repo, pkg, secfixes: fixes } of readRecords(open(), line)) {
      const place = { release: rel, repository: repo };
      if (date !== undefined) yield { kind: "feed", source: sourceOf(place), date };
      yield* toRecords(place, pkg, fixes);
    }
  },
};

function* toRecords(
  place: Place,
  name: string,
  fixes: z.output<typeof secfixes>,
): Generator<FeedRecord> {
  const own = {
    kind: "affected",
    source: sourceOf(place),
    ecosystem: ecosystemOf(place),
    name,
  } as const;
  for (const [version, texts] of Object.entries(fixes)) {
    for (const id of (texts ?? []).flatMap(listIds)) {
      // "Fixed in 0": the package never had it. This also silences others who say otherwise.
      if (version === "0") yield { ...own, id, affected: [], status: "not-affected" };
      else yield { ...own, id, affected: [before(version)] };
    }
  }
}

/** "CVE-2019-5060 TALOS-2019-0844" is the CVE; what has none is called by its first word: "XSA-207", "GHSA-...". */
function listIds(text: string): string[] {
  const cves = listCves(text);
  if (cves.length > 0) return cves;
  const [first = ""] = text.trim().split(/\s+/);
  return /^[A-Z]+-[\w-]+$/.test(first) ? [first] : [];
}

function ecosystemOf({ release }: Place): string {
  return /^(v\d|edge)/.test(release) ? `Alpine:${release}` : release;
}

function sourceOf({ release, repository }: Place): string {
  return `alpine-secdb-${release}-${repository}`.toLowerCase();
}

function vendorOf(url: string): string {
  if (url.includes("wolfi")) return "Wolfi";
  return url.includes("chainguard") ? "Chainguard" : "";
}
