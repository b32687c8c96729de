/** `*` stands for any characters, also none, and `?` for one. Of users' making, so never a regular expression: this never takes long. */
export function matchesGlobText(pattern: string, text: string): boolean {
  let at = 0;
  let wildcard = -1;
  let resume = 0;
  for (let position = 0; position < text.length; ) {
    const wanted = pattern[at];
    if (wanted === "*") {
      wildcard = at;
      resume = position;
      at += 1;
    } else if (wanted === "?" || (wanted !== undefined && wanted === text[position])) {
      at += 1;
      position += 1;
    } else if (wildcard >= 0) {
      at = wildcard + 1;
      resume += 1;
      position = resume;
    } else return false;
  }
  return [...pattern.slice(at)].every((wanted) => wanted === "*");
}
