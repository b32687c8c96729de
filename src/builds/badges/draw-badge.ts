import type { BuildState } from "../../contract/builds.ts";

const COLORS: Readonly<Record<string, string>> = {
  passing: "#2a7d3f",
  failing: "#b3261e",
  running: "#8a6100",
};
const HEIGHT = 20;
const LETTER = 7;
const EDGE = 12;
const LABEL = "build";

/** What a badge says of the latest build; of none, of what is hidden and of what never was it says the same. */
export function wordOf(state: BuildState | undefined): string {
  switch (state) {
    case undefined:
      return "unknown";
    case "succeeded":
      return "passing";
    case "failed":
    case "timed_out":
      return "failing";
    case "cancelled":
    case "superseded":
      return state;
    default:
      return "running";
  }
}

export function drawBadge(word: string): string {
  const left = LABEL.length * LETTER + EDGE;
  const right = word.length * LETTER + EDGE;
  const width = left + right;
  const text = (x: number, words: string) => `<text x="${x}" y="14">${words}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT}" role="img" aria-label="${LABEL}: ${word}">`,
    `<title>${LABEL}: ${word}</title>`,
    `<rect width="${width}" height="${HEIGHT}" rx="3" fill="#444"/>`,
    `<path d="M${left} 0h${right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-${right - 3}z" fill="${COLORS[word] ?? "#5a5a5a"}"/>`,
    `<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">`,
    text(left / 2, LABEL),
    text(left + right / 2, word),
    "</g></svg>",
  ].join("");
}
