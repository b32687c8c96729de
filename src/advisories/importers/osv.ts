import { parse as parseYaml } from "yaml";
import { z } from "zod";
import { omitUndefined } from "../../lib/omit-undefined.ts";
import { formatInterval } from "../interval.ts";
import type { AffectedRecord, FeedRecord, Importer, Severity } from "../record.ts";
import { chooseId, listCves } from "./cve-ids.ts";
import { readRecords } from "./json-records.ts";
import { fromEvents } from "./osv-events.ts";
import { normalizeName } from "./package-names.ts";
import { readSeverity } from "./severity-words.ts";
import { readWholeJson, readWholeText } from "./whole-json.ts";

const severity = z.array(z.object({ type: z.string(), score: z.string() }));
const event = z.record(z.string(), z.string());
const affected = z.object({
  package: z.object({ ecosystem: z.string(), name: z.string() }).optional(),
  ranges: z.array(z.object({ type: z.string(), events: z.array(event) })).nullish(),
  versions: z.array(z.string()).nullish(),
  severity: severity.nullish(),
  ecosystem_specific: z.record(z.string(), z.unknown()).nullish(),
  database_specific: z.record(z.string(), z.unknown()).nullish(),
});
const osvRecord = z.object({
  id: z.string(),
  modified: z.string().optional(),
  published: z.string().optional(),
  withdrawn: z.string().nullish(),
  aliases: z.array(z.string()).nullish(),
  related: z.array(z.string()).nullish(),
  upstream: z.array(z.string()).nullish(),
  summary: z.string().nullish(),
  details: z.string().nullish(),
  severity: severity.nullish(),
  affected: z.array(affected).nullish(),
  references: z.array(z.object({ url: z.string() })).nullish(),
  refs: z.array(z.string()).nullish(),
  database_specific: z.record(z.string(), z.unknown()).nullish(),
});

type OsvRecord = z.output<typeof osvRecord>;
type OsvAffected = z.output<typeof affected>;

/** Records of OSV (ossf.github.io/osv-schema), one in a file or one a line: GHSA, PyPA, Go, RustSec, Ubuntu, AlmaLinux and others publish them. */
export const osv: Importer = {
  format: "osv",
  title: "OSV",
  lists: "open-too",
  replaces: "advisories",
  recognises: ({ head, path }) =>
    looksLikeJson(head) || (/\.ya?ml$/.test(path) && /^id: [A-Z]+-/m.test(head)),
  async *read({ open, path }): AsyncGenerator<FeedRecord> {
    if (/\.ya?ml$/.test(path)) {
      yield* toRecords(osvRecord.parse(parseYaml(await readWholeText(open()))));
      return;
    }
    if (!/\.(jsonl|ndjson)(\.\w+)?$/.test(path)) {
      yield* toRecords(osvRecord.parse(await readWholeJson(open())));
      return;
    }
    for await (const record of readRecords(open(), osvRecord)) yield* toRecords(record);
  },
};

/** What osv-vulnerabilities.storage.googleapis.com has as `<ecosystem>/all.zip`: a record in each file. */
export const osvArchive: Importer = {
  ...osv,
  format: "osv-archive",
  title: "OSV, all records of an ecosystem",
  recognises: ({ head, path }) => /\.zip$/i.test(path) && looksLikeJson(head),
  async *read({ open }): AsyncGenerator<FeedRecord> {
    for await (const record of readRecords(open(), osvRecord)) yield* toRecords(record);
  },
};

function looksLikeJson(head: string): boolean {
  return (
    /^\s*\{/.test(head) &&
    /"(schema_version|affected)"\s*:/.test(head) &&
    /"(modified|aliases|withdrawn)"\s*:/.test(head) &&
    /"id"\s*:\s*"[A-Z]+-/.test(head)
  );
}

/** Advisories of distributions are about packages that fix several CVEs; others have them as other names. */
const DISTRIBUTIONS =
  /^(ALSA|ALBA|ALEA|RLSA|RXSA|RHSA|RHBA|DSA|DLA|USN|SUSE|openSUSE|MGASA|CGA|ELSA|UBUNTU|DEBIAN|ALPINE)-/i;

const SOURCES: Readonly<Record<string, string>> = {
  GO: "go-vulndb",
  PYSEC: "pypa",
  ALSA: "almalinux",
  USN: "ubuntu-osv",
  UBUNTU: "ubuntu-osv",
  DSA: "debian-osv",
  DLA: "debian-osv",
  DEBIAN: "debian-osv",
};

function* toRecords(record: OsvRecord): Generator<FeedRecord> {
  const [prefix = ""] = record.id.split("-", 1);
  const source = SOURCES[prefix] ?? prefix.toLowerCase();
  const date = (record.modified ?? record.published ?? "").slice(0, 10);
  if (date > "1990") yield { kind: "feed", source, date };
  if (typeof record.withdrawn === "string") {
    yield { kind: "withdrawn", source, id: record.id };
    return;
  }
  const ids = listIds(record);
  for (const one of record.affected ?? []) {
    for (const id of ids) yield* toAffected(one, { record, source, id });
  }
  for (const id of ids) yield toDetail(record, source, id);
}

function listIds({ id, aliases, related, upstream, details }: OsvRecord): string[] {
  if (!DISTRIBUTIONS.test(id)) return [chooseId(id, aliases ?? [])];
  const named = [...(aliases ?? []), ...(upstream ?? []), ...(related ?? []), id];
  const cves = listCves(named.join(" "));
  if (cves.length > 0) return cves;
  const told = listCves(details ?? "");
  return told.length > 0 ? told : [id];
}

function* toAffected(
  one: OsvAffected,
  { record, source, id }: { record: OsvRecord; source: string; id: string },
): Generator<AffectedRecord> {
  const ecosystem = normalizeEcosystem(one.package?.ecosystem ?? "");
  if (one.package === undefined || ecosystem === undefined) return;
  const known = [record.id, ...(record.aliases ?? [])].filter((alias) => alias !== id);
  const intervals = listIntervals(one);
  if (intervals.length === 0) return;
  yield {
    kind: "affected",
    source,
    ecosystem,
    name: normalizeName(ecosystem, one.package.name),
    id,
    affected: intervals,
    ...omitUndefined({
      advisory: record.id === id ? undefined : record.id,
      aliases: known.length === 0 ? undefined : known,
      severity: vendorSeverity(record, one),
    }),
  };
}

function listIntervals({ ranges, versions, database_specific: specific }: OsvAffected): string[] {
  const ordered = (ranges ?? []).filter(({ type }) => type !== "GIT");
  const last = specific?.last_known_affected_version_range;
  const intervals = ordered.flatMap(({ events }) => fromEvents(events));
  // GHSA says the last version that it knows to be affected beside the range.
  const [, operator, bound] = /^(<=?) (\S+)$/.exec(typeof last === "string" ? last : "") ?? [];
  const bounded = intervals.map((one) =>
    one.to === undefined && bound !== undefined
      ? { ...one, to: { version: bound, isIncluded: operator === "<=" } }
      : one,
  );
  if (bounded.length > 0) return bounded.map(formatInterval);
  return (versions ?? []).map((version) => `=${version}`);
}

function vendorSeverity(record: OsvRecord, one: OsvAffected): Severity | undefined {
  const words = [
    one.ecosystem_specific?.severity,
    one.ecosystem_specific?.urgency,
    one.severity?.find(({ type }) => type === "Ubuntu")?.score,
    record.severity?.find(({ type }) => type === "Ubuntu")?.score,
    record.database_specific?.severity,
    /^(Critical|Important|Moderate|Low):/.exec(record.summary ?? "")?.[1],
  ];
  const word = words.find((text) => typeof text === "string" && readSeverity(text) !== undefined);
  return readSeverity(typeof word === "string" ? word : undefined);
}

function toDetail(record: OsvRecord, source: string, id: string): FeedRecord {
  const summary = record.summary ?? record.details ?? undefined;
  const urls = record.references?.map(({ url }) => url) ?? record.refs ?? [];
  const vectors = [
    ...(record.severity ?? []),
    ...(record.affected ?? []).flatMap((one) => one.severity ?? []),
  ];
  const cvss = vectors.filter(({ type }) => type.startsWith("CVSS")).map(({ score }) => score);
  const published = (record.published ?? "").slice(0, 10);
  const weaknesses = record.database_specific?.cwe_ids;
  return {
    kind: "detail",
    source,
    id,
    ...omitUndefined({
      summary: summary?.slice(0, 2_000),
      published: published > "1990" ? published : undefined,
      cvss: cvss.length === 0 ? undefined : [...new Set(cvss)],
      references: urls.length === 0 ? undefined : urls.slice(0, 10),
      weaknesses: Array.isArray(weaknesses) ? weaknesses.map(String) : undefined,
    }),
  };
}

/** "Ubuntu:22.04:LTS" is "Ubuntu:22.04"; support that is paid for stays apart; "Red Hat:enterprise_linux:9::appstream" is "Red Hat:9". */
function normalizeEcosystem(text: string): string | undefined {
  if (text === "") return undefined;
  if (text.startsWith("Ubuntu:")) return text.replace(/:LTS$/, "");
  const [, major] = /^Red Hat:enterprise_linux:(\d+)/.exec(text) ?? [];
  return major === undefined ? text : `Red Hat:${major}`;
}
