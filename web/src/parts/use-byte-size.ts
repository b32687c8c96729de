import { useLanguage } from "../messages/use-messages.ts";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

export function useByteSize(): (bytes: number) => string {
  const { language } = useLanguage();
  return (bytes) => {
    const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
    const format = new Intl.NumberFormat(language, {
      style: "unit",
      unit: UNITS[power] ?? "byte",
      unitDisplay: power === 0 ? "long" : "short",
      maximumSignificantDigits: 3,
    });
    return format.format(bytes / 1000 ** power);
  };
}
