const WORDS =
  /(?:^|[_-])(?:pass(?:word|wd|phrase)?|secret|token|credentials?|private_?key|api_?key|access_?key|auth)(?:$|[_-])/i;

/** What to say of build arguments that look like secrets: arguments stay in the history of the image. */
export function warnOfArgs(names: readonly string[]): string[] {
  return names
    .filter((name) => WORDS.test(name.replace(/([a-z0-9])([A-Z])/g, "$1_$2")))
    .map(
      (name) =>
        `${name} looks like a secret, and everybody who pulls the image can read its build arguments: use a secret (berth build secrets set)`,
    );
}
