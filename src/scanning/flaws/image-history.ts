/** One step of a build, as an instruction of a Dockerfile. */
export interface BuildStep {
  readonly instruction: string;
  /** Undefined for steps that only changed the configuration. */
  readonly layer?: number;
}

interface HistoryEntry {
  readonly createdBy: string;
  readonly isEmptyLayer: boolean;
}

/** Longer than scripts within a Dockerfile are. */
const LONGEST = 64 * 1024;

const SHELL = /^(?:\|\d+ .*?)?(?:\/bin\/(?:ba|da|a)?sh -[a-z]*c|cmd \/S \/C|powershell -Command) /;

/** The history of an image as the Dockerfile it came from, which builders write in several ways. */
export function readBuildSteps(history: readonly HistoryEntry[]): BuildStep[] {
  let layers = 0;
  return history.map(({ createdBy, isEmptyLayer }) => {
    const instruction = toInstruction(createdBy);
    if (isEmptyLayer) return { instruction };
    layers += 1;
    return { instruction, layer: layers - 1 };
  });
}

/** The step that made a layer. */
export function findStep(steps: readonly BuildStep[], layer: number): string | undefined {
  return steps.find((step) => step.layer === layer)?.instruction;
}

/** `/bin/sh -c #(nop)  ENV A=b`, `/bin/sh -c apt-get update`, `|1 TOKEN=x /bin/sh -c make`, `RUN /bin/sh -c make # buildkit`. */
function toInstruction(createdBy: string): string {
  const text = createdBy
    .slice(0, LONGEST)
    .replace(/\s+# buildkit$/, "")
    .trim();
  const nop = text.indexOf("#(nop)");
  if (nop !== -1) return text.slice(nop + "#(nop)".length).trim();
  if (/^RUN /.test(text)) return `RUN ${withoutShell(text.slice(4))}`;
  if (SHELL.test(text)) return `RUN ${withoutShell(text)}`;
  return text;
}

/** Build arguments stand before the command, and stay: they are what may be secret. */
function withoutShell(text: string): string {
  return text.replace(/\/bin\/(?:ba|da|a)?sh -[a-z]*c /, "").trim();
}
