const VERBS = ["keep", "delete"] as const;
const OF_BOTH = ["untagged", '--match "*"', '--filter "label="'] as const;
const WORDS: Readonly<Record<(typeof VERBS)[number], readonly string[]>> = {
  keep: ["30d", "n: 5", ...OF_BOTH],
  delete: ["--older-than 90d", ...OF_BOTH, '--filter "until=720h"'],
};
const PARTS = ["per major", "per minor", "per patch"] as const;

export interface Suggestion {
  readonly words: string;
  /** The text with the words in it, and where one goes on to write. */
  readonly text: string;
  readonly caret: number;
}

/** What can stand where one writes: words that begin as what stands there, and that the line does not have yet. */
export function suggestWords(text: string, caret: number): readonly Suggestion[] {
  const before = text.slice(0, caret);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  if (insideQuotes(line)) return [];
  const typed = /\S*$/.exec(line)?.[0] ?? "";
  const said = line.slice(0, line.length - typed.length);
  return wordsAfter(said)
    .filter((words) => words.startsWith(typed) && words !== typed && !said.includes(nameOf(words)))
    .map((words) => {
      const start = before.slice(0, before.length - typed.length);
      return { words, text: start + words + text.slice(caret), caret: start.length + words.length };
    });
}

function wordsAfter(said: string): readonly string[] {
  const verb = VERBS.find((one) => said.trimStart().startsWith(`${one} `));
  if (said.trim() === "") return VERBS;
  if (verb === undefined) return [];
  if (/n: \d+ $/.test(said)) return [...PARTS, ...WORDS[verb]];
  const part = /per (major|minor|patch) $/.exec(said)?.[1];
  return part === undefined ? WORDS[verb] : [`of 4 ${part}s`, ...WORDS[verb]];
}

/** Of an option its name, of anything else the whole. */
function nameOf(words: string): string {
  return words.split(" ", 1)[0] ?? words;
}

function insideQuotes(line: string): boolean {
  return (line.match(/"/g)?.length ?? 0) % 2 === 1;
}
