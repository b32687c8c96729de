import type { z } from "zod";
import type { tagsQuery } from "../../../src/contract/catalog.ts";
import { choiceParam, params, textParam } from "../search-params.ts";
import { ARCHITECTURES, type Architecture } from "./discovery.ts";

type Query = z.output<typeof tagsQuery>;
type TagOrder = Query["order"];
type TagFindings = NonNullable<Query["findings"]>;

export const TAG_ORDERS = [
  "updated",
  "-updated",
  "version",
  "-version",
  "name",
  "-name",
] as const satisfies readonly TagOrder[];
export const TAG_FINDINGS = [
  "critical",
  "high",
  "none",
  "unknown",
] as const satisfies readonly TagFindings[];
export const TAG_SIGNED = ["yes", "no"] as const;
/** When a tag was pushed or moved last: within so long, or not since. */
export const TAG_AGES = ["day", "week", "month", "before-month", "before-year"] as const;
type TagAge = (typeof TAG_AGES)[number];

/** Which tags of a repository somebody looks at, as it stands in the address of its page. */
export interface TagsWish {
  readonly q?: string | undefined;
  readonly order?: TagOrder | undefined;
  readonly architecture?: Architecture | undefined;
  readonly findings?: TagFindings | undefined;
  readonly signed?: (typeof TAG_SIGNED)[number] | undefined;
  readonly age?: TagAge | undefined;
}

export function tagParams(search: Readonly<Record<string, unknown>>): TagsWish {
  return params({
    ...{ q: textParam(search.q), order: choiceParam(search.order, TAG_ORDERS) },
    architecture: choiceParam(search.architecture, ARCHITECTURES),
    findings: choiceParam(search.findings, TAG_FINDINGS),
    signed: choiceParam(search.signed, TAG_SIGNED),
    age: choiceParam(search.age, TAG_AGES),
  });
}

const DAY_MS = 86_400_000;
const BOUNDS: Readonly<Record<TagAge, readonly ["since" | "before", number]>> = {
  day: ["since", 1],
  week: ["since", 7],
  month: ["since", 30],
  "before-month": ["before", 30],
  "before-year": ["before", 365],
};

/** What the hub is asked for. */
export function toTagsQuery({ age, ...wish }: TagsWish, now: Date) {
  if (age === undefined) return wish;
  const [side, days] = BOUNDS[age];
  return { ...wish, [side]: new Date(now.getTime() - days * DAY_MS).toISOString() };
}

/** Whether some tags are kept out of sight: an empty list says something else then. */
export function isFiltered({ q, order, ...filters }: TagsWish): boolean {
  return Object.values(filters).some((value) => value !== undefined);
}
