import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { omitUndefined } from "../../lib/omit-undefined.ts";
import { compareGem } from "../../lib/version-order/rubygems.ts";
import { complement, formatInterval, type Interval } from "../interval.ts";
import { FeedError, type FeedRecord, type Importer } from "../record.ts";
import { readRecords } from "./json-records.ts";
import { readWholeText } from "./whole-json.ts";

const SOURCE = "rubysec";

const text = z.union([z.string(), z.number()]).transform(String);
const advisory = z.object({
  gem: z.string(),
  cve: text.nullish(),
  ghsa: z.string().nullish(),
  osvdb: text.nullish(),
  url: z.string().nullish(),
  title: z.string().nullish(),
  date: z.union([z.string(), z.date()]).nullish(),
  description: z.string().nullish(),
  patched_versions: z.array(z.string()).nullish(),
  unaffected_versions: z.array(z.string()).nullish(),
});

/** rubysec/ruby-advisory-db: YAML files, or the same as JSON lines. What is neither patched nor unaffected is affected. */
export const rubysec: Importer = {
  format: "rubysec",
  title: "Ruby advisory database",
  lists: "open-too",
  replaces: "advisories",
  recognises: ({ head, path }) =>
    /^\{"gem":"/.test(head) || (/\.ya?ml$/.test(path) && /^gem: /m.test(head)),
  async *read({ open, path }): AsyncGenerator<FeedRecord> {
    if (/\.ya?ml$/.test(path)) {
      yield* toRecords(advisory.parse(parseYaml(await readWholeText(open()))));
      return;
    }
    const lines = z.looseObject({ gem: z.string().optional() });
    // Advisories of Ruby itself have an engine and no gem.
    for await (const one of readRecords(open(), lines))
      if (one.gem !== undefined) yield* toRecords(advisory.parse(one));
  },
};

function* toRecords(one: z.output<typeof advisory>): Generator<FeedRecord> {
  const [id, ...aliases] = listIds(one);
  if (id === undefined) return;
  const free = [...(one.patched_versions ?? []), ...(one.unaffected_versions ?? [])];
  const affected = complement(free.map(parseRequirement), compareGem).map(formatInterval);
  const published = one.date ? new Date(one.date).toISOString().slice(0, 10) : undefined;
  if (published !== undefined) yield { kind: "feed", source: SOURCE, date: published };
  const own = { source: SOURCE, id, aliases };
  yield { kind: "affected", ...own, ecosystem: "RubyGems", name: one.gem, affected };
  const summary = one.title ?? one.description?.slice(0, 2_000) ?? undefined;
  const references = one.url ? [one.url] : undefined;
  yield { kind: "detail", ...own, ...omitUndefined({ summary, published, references }) };
}

/** Under what it is known, the CVE first. */
function listIds({ cve, ghsa, osvdb }: z.output<typeof advisory>): string[] {
  const named = [
    cve ? `CVE-${cve}` : undefined,
    ghsa ? `GHSA-${ghsa}` : undefined,
    osvdb ? `OSVDB-${osvdb}` : undefined,
  ];
  return named.filter((id) => id !== undefined);
}

/** "~> 1.2.3, >= 1.2.5" */
function parseRequirement(text: string): Interval {
  let interval: Interval = {};
  for (const part of text.split(",")) {
    const [, operator = "=", version] =
      /^\s*(~>|>=|<=|>|<|=)?\s*(\d[0-9A-Za-z.-]*)\s*$/.exec(part) ?? [];
    if (version === undefined)
      throw new FeedError(`${JSON.stringify(part)} is no requirement of RubyGems`);
    interval = narrow(interval, operator, version);
  }
  return interval;
}

function narrow(interval: Interval, operator: string, version: string): Interval {
  switch (operator) {
    case ">=":
      return { ...interval, from: { version, isIncluded: true } };
    case ">":
      return { ...interval, from: { version, isIncluded: false } };
    case "<=":
      return { ...interval, to: { version, isIncluded: true } };
    case "<":
      return { ...interval, to: { version, isIncluded: false } };
    case "~>":
      return {
        ...interval,
        from: later(interval.from, version),
        to: interval.to ?? { version: nextOf(version), isIncluded: false },
      };
    default:
      return { from: { version, isIncluded: true }, to: { version, isIncluded: true } };
  }
}

/** "~> 1.2, >= 1.2.5" begins with the later of the two. */
function later(from: Interval["from"], version: string): NonNullable<Interval["from"]> {
  if (from !== undefined && compareGem(from.version, version) > 0) return from;
  return { version, isIncluded: true };
}

/** "~> 1.2.3" ends before 1.3, "~> 1.2" before 2. */
function nextOf(version: string): string {
  const parts = version.split(/[.-]/);
  const word = parts.findIndex((part) => !/^\d+$/.test(part));
  const numbers = word < 0 ? parts : parts.slice(0, word);
  const kept = numbers.length > 1 ? numbers.slice(0, -1) : numbers;
  const last = BigInt(kept.at(-1) ?? "0") + 1n;
  return [...kept.slice(0, -1), String(last)].join(".");
}
