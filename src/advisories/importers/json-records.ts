import type { z } from "zod";
import { readLineGroups } from "../../lib/text-lines.ts";

/** The records of a feed of JSON lines, each proved. */
export async function* readRecords<Schema extends z.ZodType>(
  chunks: AsyncIterable<Uint8Array>,
  schema: Schema,
): AsyncGenerator<z.output<Schema>> {
  for await (const lines of readLineGroups(chunks)) {
    for (const text of lines) if (text !== "") yield schema.parse(JSON.parse(text));
  }
}
