import { z } from "zod";
import { omitUndefined } from "../../lib/omit-undefined.ts";
import { formatInterval } from "../interval.ts";
import type { FeedRecord, Importer } from "../record.ts";
import { readRecords } from "./json-records.ts";
import { parseNpmRanges } from "./npm-ranges.ts";
import { readSeverity } from "./severity-words.ts";
import { readWholeJson } from "./whole-json.ts";

const SOURCE = "nodejs-security-wg";

const npm = z.object({
  id: z.union([z.number(), z.string()]),
  module_name: z.string(),
  title: z.string().nullish(),
  publish_date: z.string().nullish(),
  cves: z.array(z.string()).nullish(),
  vulnerable_versions: z.string().nullish(),
  patched_versions: z.string().nullish(),
  overview: z.string().nullish(),
  cvss_vector: z.string().nullish(),
});

const core = z.object({
  cve: z.array(z.string()),
  vulnerable: z.string(),
  patched: z.string(),
  overview: z.string().nullish(),
  severity: z.string().nullish(),
  ref: z.string().nullish(),
});

const advisory = z.union([npm, core, z.looseObject({})]);

/** nodejs/security-wg: vuln/npm and vuln/core, one in a file or one a line. */
export const nodejsSecurityWg: Importer = {
  format: "nodejs-security-wg",
  title: "Node.js security working group",
  lists: "open-too",
  replaces: "advisories",
  recognises: ({ head }) =>
    /"vulnerable(_versions)?"\s*:/.test(head) && /"patched(_versions)?"\s*:/.test(head),
  async *read({ open, path }): AsyncGenerator<FeedRecord> {
    if (!/\.jsonl(\.\w+)?$/.test(path)) {
      yield* toRecords(advisory.parse(await readWholeJson(open())));
      return;
    }
    for await (const one of readRecords(open(), advisory)) yield* toRecords(one);
  },
};

function* toRecords(one: z.output<typeof advisory>): Generator<FeedRecord> {
  const module = npm.safeParse(one);
  if (module.success) yield* fromModule(module.data);
  const node = core.safeParse(one);
  // An overview of all advisories lies beside them and is none.
  if (!module.success && node.success) yield* fromCore(node.data);
}

function* fromModule(one: z.output<typeof npm>): Generator<FeedRecord> {
  const date = one.publish_date?.slice(0, 10);
  if (date !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(date))
    yield { kind: "feed", source: SOURCE, date };
  const advisory = `NSWG-ECO-${one.id}`;
  const affected = parseNpmRanges(one.vulnerable_versions ?? "*").map(formatInterval);
  const patched = one.patched_versions ?? "<0.0.0";
  const fixedIn = parseNpmRanges(patched).flatMap(({ from }) =>
    from?.isIncluded ? [from.version] : [],
  );
  for (const id of one.cves?.length ? one.cves : [advisory]) {
    const own = { source: SOURCE, id };
    yield {
      kind: "affected",
      ...own,
      ecosystem: "npm",
      name: one.module_name,
      advisory,
      affected,
      fixedIn,
    };
    const summary = one.overview ?? one.title ?? undefined;
    const cvss = one.cvss_vector ? [one.cvss_vector] : undefined;
    yield { kind: "detail", ...own, ...omitUndefined({ summary, cvss }) };
  }
}

function* fromCore(one: z.output<typeof core>): Generator<FeedRecord> {
  const affected = parseNpmRanges(one.vulnerable).map(formatInterval);
  const fixedIn = parseNpmRanges(one.patched).flatMap(({ from }) =>
    from === undefined ? [] : [from.version],
  );
  const severity = readSeverity(one.severity ?? undefined);
  for (const id of one.cve) {
    const own = { source: SOURCE, id };
    yield {
      kind: "affected",
      ...own,
      ecosystem: "Node.js",
      name: "node",
      affected,
      fixedIn,
      ...omitUndefined({ severity }),
    };
    const references = one.ref ? [one.ref] : undefined;
    yield {
      kind: "detail",
      ...own,
      ...omitUndefined({ summary: one.overview ?? undefined, references }),
    };
  }
}
