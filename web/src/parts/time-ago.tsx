import { Text, Tooltip } from "@mantine/core";
import { useRef, useState } from "react";
import { useLanguage } from "../messages/use-messages.ts";
import { REACHABLE } from "./reachable.ts";

const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

const EVERY_WAY = { hover: true, focus: true, touch: true } as const;

/** How long ago; the exact time, local and in UTC, on hover and for whoever focuses it. */
export function TimeAgo({ at }: { readonly at: string | undefined }) {
  const { language, messages } = useLanguage();
  const here = useRef<HTMLTimeElement>(null);
  // A table has dozens of times, and nobody asks about most of them.
  const [isAsked, setAsked] = useState(false);
  if (at === undefined) return <Text span>{messages.time.never}</Text>;
  const date = new Date(at);
  const local = date.toLocaleString(language);
  const utc = messages.time.utc(date.toISOString().slice(0, 19).replace("T", " "));
  return (
    <>
      <time
        ref={here}
        dateTime={at}
        {...REACHABLE}
        onPointerEnter={() => setAsked(true)}
        onFocus={() => setAsked(true)}
      >
        {describe(date, language)}
      </time>
      {isAsked ? (
        <Tooltip target={here} label={`${local} · ${utc}`} events={EVERY_WAY} defaultOpened />
      ) : null}
    </>
  );
}

function describe(date: Date, language: string): string {
  const seconds = (date.getTime() - Date.now()) / 1000;
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const [unit, length] = UNITS.find(([, long]) => Math.abs(seconds) >= long) ?? ["second", 1];
  return format.format(Math.round(seconds / length), unit);
}
