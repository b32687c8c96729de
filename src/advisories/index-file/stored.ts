import { omitUndefined } from "../../lib/omit-undefined.ts";
import type { AffectedRecord, DetailRecord } from "../record.ts";

/** A record as a block holds it: short names, because they stand there hundreds of thousands of times. */
export interface StoredAffected {
  readonly i: string;
  /** Place in the list of sources. */
  readonly s: number;
  readonly a?: string;
  readonly l?: readonly string[];
  readonly r?: readonly string[];
  readonly f?: readonly string[];
  readonly t?: NonNullable<AffectedRecord["status"]>;
  readonly v?: NonNullable<AffectedRecord["severity"]>;
  readonly m?: string;
}

export function packAffected(record: AffectedRecord, source: number): StoredAffected {
  return omitUndefined({
    i: record.id,
    s: source,
    a: record.advisory,
    l: filled(record.aliases),
    r: filled(record.affected),
    f: filled(record.fixedIn),
    t: record.status === "affected" ? undefined : record.status,
    v: record.severity,
    m: record.module,
  });
}

/** What one source says of a package, as matching reads it. */
export type AffectedEntry = Omit<AffectedRecord, "kind" | "ecosystem" | "name">;

export function unpackAffected(stored: StoredAffected, source: string): AffectedEntry {
  return omitUndefined({
    source,
    id: stored.i,
    advisory: stored.a,
    aliases: stored.l,
    affected: stored.r ?? [],
    fixedIn: stored.f,
    status: stored.t,
    severity: stored.v,
    module: stored.m,
  });
}

type DetailFields = Omit<DetailRecord, "kind" | "source" | "id">;

export type StoredDetail = DetailFields & { readonly s: number };

export function packDetail(record: DetailRecord, place: number): StoredDetail {
  const { kind: _kind, source: _source, id: _id, ...fields } = record;
  return { s: place, ...omitUndefined(fields) };
}

/** What is known of one vulnerability, in the words of all sources. */
export type VulnerabilityDetails = DetailFields;

/** Of single facts the first source that has one counts: they are in the order in which they were first imported. */
export function mergeDetails(stored: readonly StoredDetail[]): VulnerabilityDetails {
  const lists: (keyof DetailFields)[] = ["aliases", "cvss", "weaknesses", "references", "exploits"];
  const merged: Record<string, unknown> = {};
  for (const { s: _source, ...fields } of stored) {
    for (const [field, value] of Object.entries(fields)) merged[field] ??= value;
  }
  for (const field of lists) {
    const values = stored.flatMap((one) => (one[field] as readonly string[] | undefined) ?? []);
    if (values.length > 0) merged[field] = [...new Set(values)];
  }
  return merged as VulnerabilityDetails;
}

function filled<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}
