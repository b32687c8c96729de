import { useLanguage } from "../messages/use-messages.ts";
import { oncePerLanguage } from "./once-per-language.ts";

const formatOf = oncePerLanguage(
  (language) => new Intl.NumberFormat(language, { notation: "compact" }),
);

/** Large numbers as people read them: 12,345 as 12K. */
export function useCount(): (count: number) => string {
  const { language } = useLanguage();
  return (count) => formatOf(language).format(count);
}
