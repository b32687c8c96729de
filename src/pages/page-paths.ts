/** First words of the addresses of pages; the empty one is the hub's front page. */
const PAGES = new Set([
  "",
  "_",
  "account",
  "activity",
  "admin",
  "build",
  "builds",
  "compare",
  "confirm",
  "history",
  "image",
  "o",
  "policies",
  "pull-policies",
  "r",
  "reset",
  "search",
  "settings",
  "sign-in",
  "sign-up",
]);

/** Addresses of pages at which other clients are answered something else. Everything else is found by `/*`. */
export const SHARED_PATHS = ["/r/*", "/sign-up", "/confirm", "/reset"] as const;

/** Whether the program in the browser has something to show there. */
export function isPage(path: string): boolean {
  const [, first = ""] = path.split("/", 2);
  return PAGES.has(first);
}
