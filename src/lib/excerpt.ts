const MAX_LENGTH = 200;

/** The beginning of text that came from outside, short enough to be repeated in an answer or a log line. */
export function excerpt(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)}…`;
}
