import { useLanguage } from "../messages/use-messages.ts";

/** Large numbers as people read them: 12,345 as 12K. */
export function useCount(): (count: number) => string {
  const { language } = useLanguage();
  const format = new Intl.NumberFormat(language, { notation: "compact" });
  return (count) => format.format(count);
}
