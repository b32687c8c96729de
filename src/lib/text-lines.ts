const MAX_LINE_CHARACTERS = 32 * 1024 * 1024;

/** The lines of a stream of UTF-8, without their ends. Throws where the last one has no end: what sent it stopped too early. */
export async function* readTextLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const lines of readLineGroups(chunks)) yield* lines;
}

/** The same, as many at a time as came together: a promise for each line would cost more than most lines do. */
export async function* readLineGroups(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  // Pieces of a line that has no end yet: they are only looked through once.
  let rest: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    const end = text.lastIndexOf("\n");
    if (end >= 0) {
      const lines = [...rest, text.slice(0, end)].join("").split("\n");
      rest = [];
      length = 0;
      yield lines;
    }
    rest.push(text.slice(end + 1));
    length += text.length - end - 1;
    if (length > MAX_LINE_CHARACTERS) throw new Error("a line is longer than 32 MiB");
  }
  if (length > 0 || decoder.decode() !== "") throw new Error("the last line was cut off");
}
