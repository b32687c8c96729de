const MAX_LINE_LENGTH = 1024 * 1024;

/** Values of a stream of JSON lines, each as soon as its line is whole; a last line may lack its line feed. */
export async function* readJsonLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE_LENGTH) throw new Error("a JSON line is longer than 1 MiB");
    yield* lines.filter((line) => line !== "").map((line) => JSON.parse(line) as unknown);
  }
  rest += decoder.decode();
  if (rest !== "") yield JSON.parse(rest);
}
