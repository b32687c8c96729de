import { BuildFailed } from "../builder/build-failed.ts";

/** A command on one line, as compose takes it apart: by spaces, with quotes and backslashes. Throws BuildFailed. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const [token, single, double, escaped, space] of line.matchAll(
    /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|(\s+)|[^\s'"\\]+|./gs,
  )) {
    if (space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    if (/^['"\\]$/.test(token))
      throw new BuildFailed(`${token} has no end in ${JSON.stringify(line)}`);
    word = (word ?? "") + (single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped ?? token);
  }
  return word === undefined ? words : [...words, word];
}
