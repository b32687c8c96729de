import type { Interval } from "../interval.ts";

type Event = Readonly<Record<string, string>>;

/** OSV's events in their order: introduced, then fixed, limit or last_affected. */
export function fromEvents(events: readonly Event[]): Interval[] {
  const intervals: Interval[] = [];
  let start: Interval | undefined;
  for (const event of events) {
    start = startOf(event) ?? start;
    const end = endOf(event);
    if (end === undefined || start === undefined) continue;
    intervals.push({ ...start, to: end });
    start = undefined;
  }
  return start === undefined ? intervals : [...intervals, start];
}

function startOf({ introduced }: Event): Interval | undefined {
  if (introduced === undefined) return undefined;
  return introduced === "0" ? {} : { from: { version: introduced, isIncluded: true } };
}

function endOf({ fixed, limit, last_affected: last }: Event): Interval["to"] {
  const version = fixed ?? limit ?? last;
  return version === undefined ? undefined : { version, isIncluded: last !== undefined };
}
