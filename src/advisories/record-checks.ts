import { parseInterval } from "./interval.ts";
import type { AffectedRecord, DetailRecord, FeedRecord } from "./record.ts";

const ID = /^[A-Za-z0-9][A-Za-z0-9._:+-]{2,99}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MAX_NAME = 512;
const MAX_VERSION = 256;
const MAX_TEXT = 64 * 1024;

/** Why a record cannot be what it claims; undefined for one that is sound. */
export function findRecordFault(record: FeedRecord): string | undefined {
  switch (record.kind) {
    case "affected":
      return findAffectedFault(record);
    case "detail":
      return findDetailFault(record);
    case "feed":
      return record.date === undefined || DAY.test(record.date) ? undefined : "the date is no day";
    case "withdrawn":
      return ID.test(record.id) ? undefined : "the id is none";
  }
}

function findAffectedFault(record: AffectedRecord): string | undefined {
  if (!ID.test(record.id)) return `${quote(record.id)} is no id of a vulnerability`;
  if (!isName(record.name) || !isName(record.ecosystem)) return "the package has no usable name";
  for (const text of record.affected) {
    const interval = parseInterval(text);
    if (interval === undefined) return `${quote(text)} is no range of versions`;
    for (const { version } of [interval.from, interval.to].filter((bound) => bound !== undefined))
      if (!isVersion(version)) return `${quote(version)} is no version`;
  }
  const unusable = record.fixedIn?.find((version) => !isVersion(version));
  return unusable === undefined ? undefined : `${quote(unusable)} is no version`;
}

function findDetailFault(record: DetailRecord): string | undefined {
  if (!ID.test(record.id)) return `${quote(record.id)} is no id of a vulnerability`;
  if (record.epss !== undefined && !(record.epss >= 0 && record.epss <= 1))
    return "a probability is not between 0 and 1";
  if ((record.summary?.length ?? 0) > MAX_TEXT) return "the description is longer than 64 KiB";
  return undefined;
}

function isName(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: names with control characters would break the lines of the index
  return text.length > 0 && text.length <= MAX_NAME && !/[\u0000-\u001f\u007f]/.test(text);
}

function isVersion(text: string): boolean {
  return text.length > 0 && text.length <= MAX_VERSION && /^[\x21-\x7e]+$/.test(text);
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}
