import { parse as parseToml } from "smol-toml";
import { z } from "zod";
import { omitUndefined } from "../../lib/omit-undefined.ts";
import { compareSemver } from "../../lib/version-order/semver.ts";
import { complement, formatInterval } from "../interval.ts";
import { FeedError, type FeedRecord, type Importer } from "../record.ts";
import { chooseId } from "./cve-ids.ts";
import { readRecords } from "./json-records.ts";
import { parseNpmRanges } from "./npm-ranges.ts";
import { readWholeText } from "./whole-json.ts";

const SOURCE = "rustsec";

const header = z.object({
  advisory: z.object({
    id: z.string(),
    package: z.string(),
    aliases: z.array(z.string()).default([]),
    cvss: z.string().optional(),
    date: z.unknown().optional(),
    url: z.string().optional(),
    informational: z.string().optional(),
    withdrawn: z.unknown().optional(),
    collection: z.string().optional(),
  }),
  versions: z
    .object({
      patched: z.array(z.string()).default([]),
      unaffected: z.array(z.string()).default([]),
    })
    .prefault({}),
});

const line = z.object({ file: z.string(), toml: z.string(), text: z.string() });

/** rustsec/advisory-db: Markdown that begins with a block of TOML, or the same as JSON lines. */
export const rustsec: Importer = {
  format: "rustsec",
  title: "RustSec",
  lists: "open-too",
  replaces: "advisories",
  recognises: ({ head }) => /^```toml\s/.test(head) || /^\{"file":"[^"]*RUSTSEC-/.test(head),
  async *read({ open, path }): AsyncGenerator<FeedRecord> {
    if (path.endsWith(".md")) {
      const [, toml, text = ""] =
        /^```toml\s*\n(.*?)\n```(.*)$/s.exec(await readWholeText(open())) ?? [];
      if (toml === undefined) throw new FeedError("it does not begin with a block of TOML");
      yield* toRecords({ file: path, toml, text });
      return;
    }
    for await (const one of readRecords(open(), line)) yield* toRecords(one);
  },
};

function* toRecords({ file, toml, text }: z.output<typeof line>): Generator<FeedRecord> {
  const { advisory, versions } = header.parse(parseToml(toml));
  const date = String(advisory.date ?? "").slice(0, 10);
  if (/^\d{4}-/.test(date)) yield { kind: "feed", source: SOURCE, date };
  if (advisory.withdrawn !== undefined)
    yield { kind: "withdrawn", source: SOURCE, id: advisory.id };
  // That nobody maintains a crate is no fault in it; what is in rust/ is about the toolchain.
  const isNews = ["unmaintained", "notice"].includes(advisory.informational ?? "");
  if (advisory.withdrawn !== undefined || isNews || /(^|\/)rust\//.test(file)) return;
  const id = chooseId(advisory.id, advisory.aliases);
  const free = [...versions.patched, ...versions.unaffected].flatMap(parseCargoRequirement);
  const affected = complement(free, compareSemver).map(formatInterval);
  const aliases = [advisory.id, ...advisory.aliases].filter((alias) => alias !== id);
  const own = { source: SOURCE, id };
  const named = advisory.id === id ? {} : { advisory: advisory.id };
  yield {
    kind: "affected",
    ...own,
    ...named,
    ecosystem: "crates.io",
    name: advisory.package,
    aliases,
    affected,
  };
  const [, title] = /^#\s+(.+)$/m.exec(text) ?? [];
  const cvss = advisory.cvss === undefined ? undefined : [advisory.cvss];
  const references = advisory.url === undefined ? undefined : [advisory.url];
  yield { kind: "detail", ...own, ...omitUndefined({ summary: title, cvss, references }) };
}

/** Cargo's requirements are npm's but for the comma, and for a bare version, which means ^. */
function parseCargoRequirement(text: string): ReturnType<typeof parseNpmRanges> {
  const parts = text.split(",").map((part) => part.trim());
  return parseNpmRanges(parts.map((part) => (/^\d/.test(part) ? `^${part}` : part)).join(" "));
}
