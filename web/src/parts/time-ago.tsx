import { Text, Tooltip } from "@mantine/core";
import { useRef, useState, useSyncExternalStore } from "react";
import type { Language } from "../messages/languages.ts";
import { useLanguage } from "../messages/use-messages.ts";
import { oncePerLanguage } from "./once-per-language.ts";
import { REACHABLE } from "./reachable.ts";
import { createTicker } from "./ticker.ts";

const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
] as const;

const EVERY_WAY = { hover: true, focus: true, touch: true } as const;

const formatOf = oncePerLanguage(
  (language) => new Intl.RelativeTimeFormat(language, { numeric: "auto" }),
);

/** One for all times of the page, from the first one on: the program is also read where there is no page. */
let ticker: ReturnType<typeof createTicker> | undefined;

function followTime(call: () => void): () => void {
  ticker ??= createTicker(document);
  return ticker.subscribe(call);
}

/** How long ago, as time goes on; the exact time, local and in UTC, on hover and for whoever focuses it. */
export function TimeAgo({ at }: { readonly at: string | undefined }) {
  const { language, messages } = useLanguage();
  const here = useRef<HTMLTimeElement>(null);
  // A table has dozens of times, and nobody asks about most of them.
  const [isAsked, setAsked] = useState(false);
  if (at === undefined) return <Text span>{messages.time.never}</Text>;
  const date = new Date(at);
  const exactly = () => {
    const utc = date.toISOString().slice(0, 19).replace("T", " ");
    return `${date.toLocaleString(language)} · ${messages.time.utc(utc)}`;
  };
  return (
    <>
      <time
        ref={here}
        dateTime={at}
        {...REACHABLE}
        onPointerEnter={() => setAsked(true)}
        onFocus={() => setAsked(true)}
      >
        <Ago date={date} language={language} />
      </time>
      {isAsked ? (
        <Tooltip target={here} label={exactly()} events={EVERY_WAY} defaultOpened />
      ) : null}
    </>
  );
}

/** Only a text that is another one by now is drawn anew: that of something days old is not. */
function Ago({ date, language }: { readonly date: Date; readonly language: Language }) {
  return useSyncExternalStore(followTime, () => describe(date, language));
}

function describe(date: Date, language: Language): string {
  const seconds = (date.getTime() - Date.now()) / 1000;
  const [unit, length] = UNITS.find(([, long]) => Math.abs(seconds) >= long) ?? ["second", 1];
  return formatOf(language).format(Math.round(seconds / length), unit);
}
