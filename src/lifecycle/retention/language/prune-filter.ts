import { parseAge } from "./age.ts";
import type { PruneFilter } from "./retention-rule.ts";

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
  const at = new Date(/^\d{10}$/.test(value) ? Number(value) * 1000 : value);
  const isDate = /^\d{4}-\d{2}-\d{2}/.test(value) || /^\d{10}$/.test(value);
  if (isDate && !Number.isNaN(at.getTime())) return { kind: "before", at };
  return `"${value}" is no time: 720h, 2026-01-31 or 2026-01-31T00:00:00Z are`;
}

function parseLabel(text: string, isNegated: boolean): PruneFilter | string {
  const equals = text.indexOf("=");
  const name = equals < 0 ? text : text.slice(0, equals);
  if (!LABEL.test(name)) return `"${text}" is no label: label=NAME or label=NAME=VALUE`;
  return { kind: "label", name, value: equals < 0 ? undefined : text.slice(equals + 1), isNegated };
}
