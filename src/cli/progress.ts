import type { Writable } from "node:stream";
import { formatBytes } from "../lib/byte-size.ts";

export type ProgressState = {
  readonly done: number;
  /** Left out while nobody knows how much there is. */
  readonly total?: number | undefined;
  readonly unit: "items" | "bytes";
};

export interface Progress {
  update(state: ProgressState): void;
  /** Takes the bar away, so that a result can be printed in its place. */
  clear(): void;
}

type ProgressStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 10_000;
const BAR_WIDTH = 30;
const ERASE_LINE = "\r\u001b[2K";

/** A bar that redraws itself on a terminal; elsewhere a plain line now and then, fit for a log. */
export function openProgress(stream: ProgressStream, label: string): Progress {
  const isTerminal = stream.isTTY === true;
  const pause = isTerminal ? REDRAW_MS : PLAIN_LINE_MS;
  let drawnAt = isTerminal ? 0 : performance.now();

  return {
    update(state) {
      const now = performance.now();
      if (now - drawnAt < pause) return;
      drawnAt = now;
      const text = `${label} ${describeState(state)}`;
      stream.write(
        isTerminal
          ? `${ERASE_LINE}${drawBar(state)}${text}`.slice(0, ERASE_LINE.length + width(stream))
          : `${text}\n`,
      );
    },
    clear() {
      if (isTerminal) stream.write(ERASE_LINE);
    },
  };
}

function describeState({ done, total, unit }: ProgressState): string {
  const format = unit === "bytes" ? formatBytes : (count: number) => count.toLocaleString("en");
  if (!total) return format(done);
  return `${format(done)} of ${format(total)} (${Math.floor((100 * done) / total)} %)`;
}

function drawBar({ done, total }: ProgressState): string {
  if (!total) return "";
  const filled = Math.min(BAR_WIDTH, Math.floor((BAR_WIDTH * done) / total));
  return `[${"=".repeat(filled)}${" ".repeat(BAR_WIDTH - filled)}] `;
}

function width(stream: ProgressStream): number {
  return (stream.columns ?? 80) - 1;
}
