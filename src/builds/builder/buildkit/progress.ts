import type { BuildEvent, BuildStep } from "../builder.ts";
import type { Message } from "./wire-message.ts";

interface Seen {
  readonly number: number;
  readonly name: string;
  readonly startedAt: number | undefined;
  isOver: boolean;
}

/** Makes of what BuildKit tells the lines that `docker build --progress plain` shows, and the steps of the Dockerfile. */
export class Progress {
  readonly steps: BuildStep[] = [];
  readonly #seen = new Map<string, Seen>();
  /** Whose bytes the last line was made of, while it is not over. */
  #open: string | undefined;
  readonly #tell: (event: BuildEvent) => void;

  constructor(tell: (event: BuildEvent) => void) {
    this.#tell = tell;
  }

  /** One message of the builder's. */
  note(status: Message): void {
    for (const vertex of status.messages(1)) this.#noteVertex(vertex);
    for (const log of status.messages(3)) this.#print(log.text(1), log.bytes(4));
  }

  /** A line of this side's own. */
  say(text: string): void {
    this.#line(text);
  }

  #noteVertex(vertex: Message): void {
    const digest = vertex.text(1);
    const startedAt = vertex.has(5) ? readTime(vertex.messages(5)) : undefined;
    const before = this.#seen.get(digest);
    if (before?.isOver === true || startedAt === undefined) return;
    const name = vertex.text(3);
    const seen = before ?? { number: this.#seen.size + 1, name, startedAt, isOver: false };
    if (before === undefined) {
      this.#seen.set(digest, seen);
      this.#line(`#${seen.number} ${name}`);
    }
    if (!vertex.has(6)) return;
    seen.isOver = true;
    const ms = Math.max(0, readTime(vertex.messages(6)) - startedAt);
    const isCached = vertex.number(4) !== 0;
    const failure = vertex.text(7);
    if (failure !== "") this.#line(`#${seen.number} ERROR: ${failure}`);
    else this.#line(`#${seen.number} ${isCached ? "CACHED" : `DONE ${(ms / 1000).toFixed(1)}s`}`);
    this.#noteStep(name, { ms, isCached });
  }

  /** `[2/3] RUN make`, `[build 2/3] RUN make`: of the Dockerfile, and no work of the builder's own. */
  #noteStep(name: string, { ms, isCached }: Pick<BuildStep, "ms" | "isCached">): void {
    const [, text] = /^\[(?:[^\]]* )?\d+\/\d+\] (.*)$/s.exec(name) ?? [];
    if (text === undefined) return;
    const step = { number: this.steps.length + 1, text, ms: Math.round(ms), isCached };
    this.steps.push(step);
    this.#tell({ kind: "step", step });
  }

  #print(digest: string, bytes: Buffer): void {
    if (this.#open !== undefined && this.#open !== digest) this.#output("\n");
    this.#open = bytes.at(-1) === 10 ? undefined : digest;
    this.#tell({ kind: "output", bytes });
  }

  #line(text: string): void {
    const start = this.#open === undefined ? "" : "\n";
    this.#open = undefined;
    this.#output(`${start}${text}\n`);
  }

  #output(text: string): void {
    this.#tell({ kind: "output", bytes: Buffer.from(text) });
  }
}

function readTime([time]: readonly Message[]): number {
  return time === undefined ? 0 : time.number(1) * 1000 + time.number(2) / 1e6;
}
