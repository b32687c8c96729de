import { IS_SOAK } from "../faults/scale.ts";
import type { Look } from "./chromium.ts";

const WIDTHS = [1280, 360] as const;
const COLORS = ["light", "dark"] as const;
export const LANGUAGES = ["en", "zh"] as const;

const ALL = WIDTHS.flatMap((width) =>
  COLORS.flatMap((colors) => LANGUAGES.map((language) => ({ width, colors, language }))),
);

/** Every two of width, colors and language meet in these. */
const PAIRS = [
  { width: 1280, colors: "light", language: "en" },
  { width: 1280, colors: "dark", language: "zh" },
  { width: 360, colors: "light", language: "zh" },
  { width: 360, colors: "dark", language: "en" },
] as const;

/** How pages are looked at: pairwise in `npm test`, in all eight ways in `npm run soak`. */
export const LOOKS: readonly Required<Look>[] = IS_SOAK ? ALL : PAIRS;

/** Those of them that one loaded page can be turned to: a window gets another width and other colours, but no other language. */
export function looksIn(language: (typeof LANGUAGES)[number]): readonly Required<Look>[] {
  return LOOKS.filter((look) => look.language === language);
}
