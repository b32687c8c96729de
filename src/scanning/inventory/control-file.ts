/** The fields of one paragraph, by their names in lower case. */
export type ControlParagraph = ReadonlyMap<string, string>;

/**
 * Reads a control file (deb-control(5), RFC 822 in paragraphs). Only the named fields are kept: descriptions are most of a
 * status file, and nobody asks for them.
 */
export function* parseControlFile(
  text: string,
  wanted: ReadonlySet<string>,
): Generator<ControlParagraph, void, undefined> {
  let paragraph = new Map<string, string>();
  let field: string | undefined;
  for (const line of linesOf(text)) {
    if (line.trim() === "") {
      if (paragraph.size > 0) yield paragraph;
      paragraph = new Map();
      field = undefined;
    } else if (!/^[ \t]/.test(line)) {
      field = begin(paragraph, line, wanted);
    } else if (field !== undefined) {
      append(paragraph, field, line);
    }
  }
  if (paragraph.size > 0) yield paragraph;
}

function* linesOf(text: string): Generator<string, void, undefined> {
  let at = 0;
  while (at < text.length) {
    const found = text.indexOf("\n", at);
    const end = found === -1 ? text.length : found;
    yield text.slice(at, end);
    at = end + 1;
  }
}

/** The name of the field, if it is kept. */
function begin(
  paragraph: Map<string, string>,
  line: string,
  wanted: ReadonlySet<string>,
): string | undefined {
  const colon = line.indexOf(":");
  const name = line.slice(0, Math.max(0, colon)).toLowerCase();
  if (!wanted.has(name)) return undefined;
  paragraph.set(name, line.slice(colon + 1).trim());
  return name;
}

function append(paragraph: Map<string, string>, field: string, line: string): void {
  paragraph.set(field, `${paragraph.get(field) ?? ""}\n${line.trim()}`);
}
