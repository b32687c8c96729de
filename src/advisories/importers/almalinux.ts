import { z } from "zod";
import { readJsonMembers } from "../../lib/json-members.ts";
import { omitUndefined } from "../../lib/omit-undefined.ts";
import { before } from "../interval.ts";
import { FeedError, type FeedRecord, type Importer } from "../record.ts";
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
          yield* toRecords({ ...advisory, ecosystem, version, names });
    }
  },
};

const epoch = z.union([z.string(), z.number()]).transform(String);
const erratum = z.object({
  id: z.string(),
  type: z.string(),
  severity: z.string().nullish(),
  title: z.string().default(""),
  references: z.array(z.object({ id: z.string().nullish(), type: z.string().nullish() })),
  packages: z.array(
    z.object({ name: z.string(), epoch, version: z.string(), release: z.string() }),
  ),
  modules: z
    .array(z.object({ name: z.string(), stream: z.union([z.string(), z.number()]) }))
    .nullish(),
});

/** errata.almalinux.org/9/errata.full.json */
export const almalinuxErrata: Importer = {
  format: "almalinux-errata",
  title: "AlmaLinux advisories",
  lists: "fixed-only",
  replaces: "advisories",
  recognises: ({ head }) =>
    /"AL[SBE]A-\d{4}:/.test(head) &&
    head.includes('"packages"') &&
    !head.includes('"schema_version"'),
  async *read({ open, path }): AsyncGenerator<FeedRecord> {
    for await (const { name, value } of readJsonMembers(open(), ["data"])) {
      if (name !== "data") continue;
      const advisory = erratum.parse(value);
      if (advisory.type !== "security") continue;
      yield* erratumRecords(advisory, path);
    }
  },
};

function* erratumRecords(advisory: z.output<typeof erratum>, path: string): Generator<FeedRecord> {
  const cves = advisory.references.flatMap(({ id, type }) =>
    type === "cve" && id !== null && id !== undefined ? [id] : [],
  );
  const [module] = advisory.modules ?? [];
  const summary = `${advisory.severity ?? ""}: ${module === undefined ? "" : `${module.name}:${module.stream} security`}`;
  for (const { name, epoch: number, version, release } of advisory.packages) {
    const [, major] = /\.(?:module_)?el(\d+)/.exec(release) ?? [];
    if (major === undefined) throw new FeedError(`${path} has ${name} ${release} of no release`);
    const full = `${number === "0" ? "" : `${number}:`}${version}-${release}`;
    const ecosystem = `AlmaLinux:${major}`;
    yield* toRecords({
      id: advisory.id,
      cve: cves,
      summary,
      ecosystem,
      version: full,
      names: [name],
    });
  }
}

function* toRecords(fix: {
  readonly id: string;
  readonly cve: readonly string[];
  readonly summary: string;
  readonly ecosystem: string;
  readonly version: string;
  readonly names: readonly string[];
}): Generator<FeedRecord> {
  const { id: advisory, ecosystem, version } = fix;
  const severity = readSeverity(/^(\w+):/.exec(fix.summary)?.[1]);
  // "Important: nodejs:18 security update" is about one stream of a module alone.
  const module = version.includes(".module_")
    ? (/: ([\w.+-]+:[\w.+-]+) /.exec(fix.summary)?.[1] ?? "unknown")
    : undefined;
  const rest = { affected: [before(version)], advisory, ...omitUndefined({ severity, module }) };
  for (const id of fix.cve.length > 0 ? fix.cve : [advisory])
    for (const name of new Set(fix.names))
      yield { kind: "affected", source: SOURCE, ecosystem, name, id, ...rest };
}
