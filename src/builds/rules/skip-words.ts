/** As people write it to Docker Hub, GitHub and GitLab. */
const WORDS = /\[(?:skip (?:build|ci)|(?:build|ci) skip|no ci)\]/i;

/** Whether the message of a commit asks that nothing is built of it by itself. */
export function asksToSkip(message: string): boolean {
  return WORDS.test(message);
}
