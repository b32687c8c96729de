const LENGTH_LIMIT = 255;
const COMPONENT = /^[a-z0-9*._-]+$/;

/** Whether the text can stand for names of repositories: `acme/api`, `acme/*`, `acme/**`, `**`. */
export function isNamePattern(text: string): boolean {
  if (text.length > LENGTH_LIMIT) return false;
  return text.split("/").every((part) => COMPONENT.test(part) && isSane(part));
}

/** `**` stands for whole components only. */
function isSane(component: string): boolean {
  return component === "**" || !component.includes("**");
}

/** `*` stands for anything within one component, `**` for any number of components, none included. */
export function matchesName(pattern: string, name: string): boolean {
  if (pattern === "**" || pattern === name) return true;
  return matchesGlob({
    pattern: pattern.split("/"),
    text: name.split("/"),
    isAny: (component) => component === "**",
    matches: matchesText,
  });
}

/** `*` stands for any characters, also none. Of user's making, so never a regular expression: this never takes long. */
export function matchesText(pattern: string, text: string): boolean {
  return matchesGlob({
    pattern: [...pattern],
    text: [...text],
    isAny: (character) => character === "*",
    matches: (wanted, character) => wanted === character,
  });
}

interface Glob {
  readonly pattern: readonly string[];
  readonly text: readonly string[];
  readonly isAny: (part: string) => boolean;
  readonly matches: (wanted: string, part: string) => boolean;
}

/** Goes back to the latest wildcard only, which is enough: at most the product of both lengths in steps. */
function matchesGlob({ pattern, text, isAny, matches }: Glob): boolean {
  let at = 0;
  let wildcard = -1;
  let resume = 0;
  for (let position = 0; position < text.length; ) {
    const wanted = pattern[at];
    const part = text[position];
    if (wanted !== undefined && isAny(wanted)) {
      wildcard = at;
      resume = position;
      at += 1;
    } else if (wanted !== undefined && part !== undefined && matches(wanted, part)) {
      at += 1;
      position += 1;
    } else if (wildcard >= 0) {
      at = wildcard + 1;
      resume += 1;
      position = resume;
    } else return false;
  }
  return pattern.slice(at).every(isAny);
}
