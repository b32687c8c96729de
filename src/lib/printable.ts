// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not reach a terminal
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g;

/** Text that came from outside, without what would move a terminal's cursor or turn the direction of its writing. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, " ");
}
