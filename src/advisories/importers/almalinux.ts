import { z } from "zod";
import { readJsonMembers } from "../../lib/json-members.ts";
import { omitUndefined } from "../../lib/omit-undefined.ts";
import { before } from "../interval.ts";
import { FeedError, type FeedRecord, type Importer, type Severity } from "../record.ts";
import { readRecords } from "./json-records.ts";
import { readSeverity } from "./severity-words.ts";

const SOURCE = "almalinux";

const line = z.object({
  id: z.string(),
  published: z.string(),
  cve: z.array(z.string()),
  summary: z.string(),
  /** Ecosystem → version with the fix → binary packages. */
  affected: z.record(z.string(), z.record(z.string(), z.array(z.string()))),
});

/** Advisories of AlmaLinux (ALSA), one a line. */
export const almalinuxLines: Importer = {
  format: "almalinux-lines",
  title: "AlmaLinux advisories",
  lists: "fixed-only",
  replaces: "source",
  recognises: ({ head }) => /^\{"id":"AL[SBE]A-[^"]+","published":"[^"]+","cve":/.test(head),
  async *read({ open }): AsyncGenerator<FeedRecord> {
    for await (const advisory of readRecords(open(), line)) {
      yield { kind: "feed", source: SOURCE, date: advisory.published.slice(0, 10) };
      for (const [ecosystem, fixes] of Object.entries(advisory.affected))
        for (const [version, names] of Object.entries(fixes))
          yield* toRecords({
            ...advisory,
            ...readSummary(advisory.summary),
            ecosystem,
            version,
            names,
          });
    }
  },
};

/** "Important: nodejs:18 security update" is about one stream of a module alone. */
function readSummary(summary: string): { severity?: Severity; module?: string } {
  const severity = readSeverity(/^(\w+):/.exec(summary)?.[1]);
  return omitUndefined({ severity, module: /: ([\w.+-]+:[\w.+-]+) /.exec(summary)?.[1] });
}

const epoch = z.union([z.string(), z.number()]).transform(String);
const erratum = z.object({
  id: z.string(),
  type: z.string(),
  severity: z.string().nullish(),
  title: z.string().default(""),
  references: z.array(z.object({ id: z.string().nullish(), type: z.string().nullish() })),
  packages: z.array(
    z.object({
      name: z.string(),
      epoch,
      version: z.string(),
      release: z.string(),
      /** "mariadb:10.3:8050020220427075058:c5368500:x86_64" */
      module: z.string().nullish(),
    }),
  ),
  updated_date: z.number().nullish(),
});

/** errata.almalinux.org/9/errata.full.json */
export const almalinuxErrata: Importer = {
  format: "almalinux-errata",
  title: "AlmaLinux advisories",
  lists: "fixed-only",
  replaces: "advisories",
  // OSV has the same ids in records of another form.
  recognises: ({ head }) => /"AL[SBE]A-\d{4}:/.test(head) && head.includes('"issued_date"'),
  async *read({ open, path }): AsyncGenerator<FeedRecord> {
    for await (const { name, value } of readJsonMembers(open(), ["data"])) {
      if (name !== "data") continue;
      const advisory = erratum.parse(value);
      if (typeof advisory.updated_date === "number")
        yield { kind: "feed", source: SOURCE, date: toDay(advisory.updated_date) };
      if (advisory.type !== "security") continue;
      yield* erratumRecords(advisory, path);
    }
  },
};

function* erratumRecords(advisory: z.output<typeof erratum>, path: string): Generator<FeedRecord> {
  const cves = advisory.references.flatMap(({ id, type }) =>
    type === "cve" && id !== null && id !== undefined ? [id] : [],
  );
  const severity = readSeverity(advisory.severity ?? undefined);
  const seen = new Set<string>();
  for (const { name, epoch: number, version, release, module: named } of advisory.packages) {
    const [, major] = /\.(?:module_)?el(\d+)/.exec(release) ?? [];
    if (major === undefined) throw new FeedError(`${path} has ${name} ${release} of no release`);
    const full = `${number === "0" ? "" : `${number}:`}${version}-${release}`;
    const [, module] = /^([^:]+:[^:]+)/.exec(named ?? "") ?? [];
    // The same for each architecture.
    const key = [name, full, module].join(" ");
    if (seen.has(key)) continue;
    seen.add(key);
    const fix = { id: advisory.id, cve: cves, ecosystem: `AlmaLinux:${major}`, version: full };
    yield* toRecords({ ...fix, names: [name], ...omitUndefined({ severity, module }) });
  }
}

function toDay(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

function* toRecords(fix: {
  readonly id: string;
  readonly cve: readonly string[];
  readonly severity?: Severity;
  readonly module?: string;
  readonly ecosystem: string;
  readonly version: string;
  readonly names: readonly string[];
}): Generator<FeedRecord> {
  const { id: advisory, ecosystem, version, severity } = fix;
  // A package of a module whose name nobody says is of some stream, not of all.
  const module = fix.module ?? (version.includes(".module_") ? "unknown" : undefined);
  const rest = { affected: [before(version)], advisory, ...omitUndefined({ severity, module }) };
  for (const id of fix.cve.length > 0 ? fix.cve : [advisory])
    for (const name of new Set(fix.names))
      yield { kind: "affected", source: SOURCE, ecosystem, name, id, ...rest };
}
