import { parseAge } from "./age.ts";
import type { PruneFilter } from "./retention-rule.ts";

const INSTANT =
  /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;
const LABEL = /^[^\s=!]{1,255}$/;

/** `until=720h`, `until=2026-01-01`, `label=env`, `label=env=dev`, `label!=env=dev`; a sentence for what is none. */
export function parsePruneFilter(text: string): PruneFilter | string {
  const equals = text.indexOf("=");
  const key = equals < 0 ? text : text.slice(0, equals);
  const value = equals < 0 ? "" : text.slice(equals + 1);
  switch (key) {
    case "until":
      return parseUntil(value);
    case "label":
      return parseLabel(value, false);
    case "label!":
      return parseLabel(value, true);
    default:
      return `"${key}" is no filter: until=, label= and label!= are`;
  }
}

function parseUntil(value: string): PruneFilter | string {
  const agoMs = parseAge(value);
  if (agoMs !== undefined) return { kind: "until", agoMs };
  const at = /^\d{10}$/.test(value) ? new Date(Number(value) * 1000) : readInstant(value);
  if (at !== undefined) return { kind: "before", at };
  return `"${value}" is no time: 720h, 2026-01-31 or 2026-01-31T00:00:00Z are`;
}

/** Undefined for what is no day of the calendar, and for a time of day that means another instant in another time zone. */
function readInstant(text: string): Date | undefined {
  const [, day = ""] = INSTANT.exec(text) ?? [];
  const [midnight, at] = [new Date(day), new Date(text)];
  if (day === "" || Number.isNaN(midnight.getTime()) || Number.isNaN(at.getTime()))
    return undefined;
  return midnight.toISOString().startsWith(day) ? at : undefined;
}

function parseLabel(text: string, isNegated: boolean): PruneFilter | string {
  const equals = text.indexOf("=");
  const name = equals < 0 ? text : text.slice(0, equals);
  if (!LABEL.test(name)) return `"${text}" is no label: label=NAME or label=NAME=VALUE`;
  return { kind: "label", name, value: equals < 0 ? undefined : text.slice(equals + 1), isNegated };
}
