import { Text, Tooltip } from "@mantine/core";
import { useLanguage } from "../messages/use-messages.ts";

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
  if (at === undefined) return <Text span>{messages.time.never}</Text>;
  const date = new Date(at);
  const local = date.toLocaleString(language);
  const utc = messages.time.utc(date.toISOString().slice(0, 19).replace("T", " "));
  return (
    <Tooltip label={`${local} · ${utc}`} events={EVERY_WAY}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the exact time is shown to whoever comes here by keyboard, too */}
      <time dateTime={at} tabIndex={0}>
        {describe(date, language)}
      </time>
    </Tooltip>
  );
}

function describe(date: Date, language: string): string {
  const seconds = (date.getTime() - Date.now()) / 1000;
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const [unit, length] = UNITS.find(([, long]) => Math.abs(seconds) >= long) ?? ["second", 1];
  return format.format(Math.round(seconds / length), unit);
}
