import type { BuildEvent, BuildStep } from "./builder.ts";

interface Running {
  readonly text: string;
  readonly since: number;
  isCached: boolean;
}

/** `STEP 2/4: RUN make`, with `[1/2] ` before it where there are several stages. */
const STEP = /^(?:\[\d+\/\d+\] )?STEP \d+(?:\/\d+)?: (.*)$/;
const CACHED = /^--> Using cache /;
const LINE_CHARACTERS = 4096;

/** Finds the steps in what buildah prints; a step ends where the next begins. */
export class StepReader {
  readonly #clock: () => number;
  readonly #onStep: (step: BuildStep) => void;
  readonly #steps: BuildStep[] = [];
  #rest = "";
  #running: Running | undefined;

  constructor(deps: { readonly clock: () => number; readonly onStep: (step: BuildStep) => void }) {
    this.#clock = deps.clock;
    this.#onStep = deps.onStep;
  }

  read(bytes: Buffer): void {
    const lines = (this.#rest + bytes.toString("utf8")).split("\n");
    // Of a line without an end only the beginning can matter.
    this.#rest = (lines.pop() ?? "").slice(0, LINE_CHARACTERS);
    for (const line of lines) this.#readLine(line);
  }

  /** All of them, once nothing more comes. */
  end(): readonly BuildStep[] {
    this.#readLine(this.#rest);
    this.#rest = "";
    this.#endStep();
    return this.#steps;
  }

  #readLine(line: string): void {
    if (CACHED.test(line) && this.#running !== undefined) this.#running.isCached = true;
    const [, text] = STEP.exec(line) ?? [];
    if (text === undefined) return;
    this.#endStep();
    this.#running = { text, since: this.#clock(), isCached: false };
  }

  #endStep(): void {
    if (this.#running === undefined) return;
    const { text, since, isCached } = this.#running;
    this.#running = undefined;
    const ms = Math.max(0, Math.round(this.#clock() - since));
    const step = { number: this.#steps.length + 1, text, ms, isCached };
    this.#steps.push(step);
    this.#onStep(step);
  }
}

/** Tells of what buildah prints, as it prints it, and of each step that it finds in that. */
export function followOutput(tell: (event: BuildEvent) => void): {
  readonly onOutput: (bytes: Buffer) => void;
  /** All steps, once nothing more comes. */
  readonly end: () => readonly BuildStep[];
} {
  const steps = new StepReader({
    clock: () => performance.now(),
    onStep: (step) => tell({ kind: "step", step }),
  });
  return {
    onOutput(bytes) {
      tell({ kind: "output", bytes });
      steps.read(bytes);
    },
    end: () => steps.end(),
  };
}
