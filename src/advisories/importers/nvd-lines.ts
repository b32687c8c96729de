import { z } from "zod";
import { omitUndefined } from "../../lib/omit-undefined.ts";
import { formatInterval, type Interval } from "../interval.ts";
import type { FeedRecord, Importer } from "../record.ts";
import { readRecords } from "./json-records.ts";
import { fromEvents } from "./osv-events.ts";

const SOURCE = "nvd";

const detail = z.object({
  id: z.string(),
  p: z.string(),
  v3: z.string().optional(),
  v2: z.string().optional(),
  cwe: z.array(z.string()).optional(),
  d: z.string().optional(),
  nref: z.number(),
});

/** NVD's records, one a line: what `d`escribes them, their vectors, their weaknesses. */
export const nvdLines: Importer = {
  format: "nvd-lines",
  title: "NVD",
  lists: "open-too",
  replaces: "advisories",
  recognises: ({ head }) => /^\{"id":"CVE-[^"]+","p":"[^"]+",("v[23]"|"cwe"|"pr")/.test(head),
  async *read({ open }): AsyncGenerator<FeedRecord> {
    for await (const one of readRecords(open(), detail)) {
      yield { kind: "feed", source: SOURCE, date: one.p };
      const cvss = [one.v3, one.v2].filter((vector) => vector !== undefined);
      const rest = {
        summary: one.d,
        weaknesses: one.cwe,
        cvss: cvss.length === 0 ? undefined : cvss,
      };
      yield {
        kind: "detail",
        source: SOURCE,
        id: one.id,
        published: one.p,
        ...omitUndefined(rest),
      };
    }
  },
};

/** A version, or [first (after it with "("), before, last]. */
const bounds = z.union([
  z.string(),
  z.tuple([z.string().nullable(), z.string().nullable(), z.string().nullable()]),
]);
const maven = z.object({
  id: z.string(),
  p: z.string(),
  ga: z.array(z.string()),
  r: z.array(bounds),
});

/** Artifacts of Maven that NVD's names of products were translated to. */
export const mavenLines: Importer = {
  format: "maven-from-nvd",
  title: "NVD, products that are Maven artifacts",
  lists: "open-too",
  replaces: "source",
  recognises: ({ head }) => /^\{"id":"CVE-[^"]+","p":"[^"]+","ga":/.test(head),
  async *read({ open }): AsyncGenerator<FeedRecord> {
    for await (const { id, p, ga, r } of readRecords(open(), maven)) {
      yield { kind: "feed", source: "maven-from-nvd", date: p };
      const affected = [...new Set(r.map(toInterval))];
      for (const name of ga)
        yield {
          kind: "affected",
          source: "maven-from-nvd",
          ecosystem: "Maven",
          name,
          id,
          affected,
        };
    }
  },
};

const cpe = z.object({
  id: z.string(),
  cpe: z.string(),
  v: z.array(z.string()).optional(),
  r: z.array(bounds).optional(),
});

/** Versions of NVD's products. Distributions patch without changing them, so they are kept apart: ecosystem "NVD". */
export const cpeLines: Importer = {
  format: "nvd-cpe-ranges",
  title: "NVD, versions of products",
  lists: "open-too",
  replaces: "source",
  recognises: ({ head }) => /^\{"id":"CVE-[^"]+","cpe":/.test(head),
  async *read({ open, date }): AsyncGenerator<FeedRecord> {
    const source = "nvd-cpe-ranges";
    yield { kind: "feed", source, ...omitUndefined({ date }) };
    for await (const { id, cpe: name, v, r } of readRecords(open(), cpe)) {
      const affected = [...(v ?? []), ...(r ?? [])].map(toInterval);
      yield {
        kind: "affected",
        source,
        ecosystem: "NVD",
        name,
        id,
        affected: [...new Set(affected)],
      };
    }
  },
};

function toInterval(said: z.output<typeof bounds>): string {
  if (typeof said === "string") return said === "*" ? "(,)" : `=${said}`;
  const [start, before, last] = said;
  const from: Interval["from"] =
    start === null
      ? undefined
      : { version: start.replace(/^\(/, ""), isIncluded: !start.startsWith("(") };
  const end = before ?? last;
  const to: Interval["to"] =
    end === null ? undefined : { version: end, isIncluded: before === null };
  return formatInterval(omitUndefined({ from, to }));
}

const npm = z.object({
  id: z.string(),
  published: z.string(),
  pkg: z.string(),
  ranges: z.array(z.object({ events: z.array(z.record(z.string(), z.string())) })).optional(),
  versions: z.array(z.string()).optional(),
});

/** Packages of npm that NVD's names of products were translated to. */
export const npmLines: Importer = {
  format: "npm-from-nvd",
  title: "NVD, products that are npm packages",
  lists: "open-too",
  replaces: "source",
  recognises: ({ head }) => /^\{"id":"CVE-[^"]+","published":"[^"]+","pkg":/.test(head),
  async *read({ open }): AsyncGenerator<FeedRecord> {
    const source = "npm-from-nvd";
    for await (const one of readRecords(open(), npm)) {
      yield { kind: "feed", source, date: one.published };
      const ranges = (one.ranges ?? [])
        .flatMap(({ events }) => fromEvents(events))
        .map(formatInterval);
      const affected = [...ranges, ...(one.versions ?? []).map((version) => `=${version}`)];
      yield { kind: "affected", source, ecosystem: "npm", name: one.pkg, id: one.id, affected };
    }
  },
};
