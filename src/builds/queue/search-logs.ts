import type { Build } from "../builds-store.ts";
import type { BuildId } from "../tables.ts";
import type { BuildLogs } from "./build-log.ts";

export interface LogMatch {
  readonly build: BuildId;
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

const MATCHES = 200;
const READ_BYTES = 64 * 1024 * 1024;
const WORD_CHARACTERS = 2;
const LINE_CHARACTERS = 500;

/** Lines with those words, whatever their case, in the logs of these builds. It reads so much and no more. */
export async function searchLogs(
  logs: Pick<BuildLogs, "read">,
  builds: readonly Pick<Build, "id">[],
  wish: { readonly words: string; readonly signal: AbortSignal },
): Promise<{ readonly items: readonly LogMatch[]; readonly isPartial: boolean }> {
  const words = wish.words.toLowerCase();
  const items: LogMatch[] = [];
  if (words.length < WORD_CHARACTERS) return { items, isPartial: false };
  let left = READ_BYTES;
  for (const { id } of builds) {
    let before = 0;
    const asked = { isOver: async () => true, signal: wish.signal };
    for await (const { text } of logs.read(id, asked)) {
      left -= text.length;
      const lines = text.replace(/\n$/, "").split("\n");
      items.push(
        ...findIn(lines, words).map(({ line, text }) => ({ build: id, line: before + line, text })),
      );
      before += lines.length;
      if (items.length > MATCHES || left <= 0)
        return { items: items.slice(0, MATCHES), isPartial: true };
    }
  }
  return { items, isPartial: false };
}

function findIn(lines: readonly string[], words: string): Omit<LogMatch, "build">[] {
  return lines.flatMap((text, index) =>
    text.toLowerCase().includes(words)
      ? [{ line: index + 1, text: text.slice(0, LINE_CHARACTERS) }]
      : [],
  );
}
