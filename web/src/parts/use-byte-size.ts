import { useLanguage } from "../messages/use-messages.ts";
import { oncePerLanguage } from "./once-per-language.ts";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** By powers of a thousand. */
const FORMATS = UNITS.map((unit) =>
  oncePerLanguage(
    (language) =>
      new Intl.NumberFormat(language, {
        style: "unit",
        unit,
        unitDisplay: unit === "byte" ? "long" : "short",
        maximumSignificantDigits: 3,
      }),
  ),
);

export function useByteSize(): (bytes: number) => string {
  const { language } = useLanguage();
  return (bytes) => {
    const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
    return FORMATS[power]?.(language).format(bytes / 1000 ** power) ?? "";
  };
}
