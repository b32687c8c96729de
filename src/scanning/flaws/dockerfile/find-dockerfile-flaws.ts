import { createFlaw, type Flaw, type FlawOrigin } from "../flaw.ts";
import { findSecrets } from "../secrets/find-secrets.ts";
import { hideSecrets } from "../secrets/secret-names.ts";
import { type Instruction, readDockerfile, type Stage } from "./read-dockerfile.ts";
import { runFlaws } from "./run-flaws.ts";
import { type FoundInStage, instructionFlaws, lastStageFlaws, stageFlaws } from "./stage-flaws.ts";

const LONGEST_QUOTE = 200;
const KNOWN = new Set(
  "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR".split(
    " ",
  ),
);

/** What is wrong with a Dockerfile, in the order of its lines. */
export function findDockerfileFlaws(content: string, path = "Dockerfile"): Flaw[] {
  const { all, stages } = readDockerfile(content);
  const first = all[0];
  if (stages.length === 0) return [createFlaw("no-base", { path, line: first?.line ?? 1 })];
  const names = new Set<string>();
  const found = [
    ...all
      .filter(({ keyword }) => !KNOWN.has(keyword))
      .map(
        (instruction): FoundInStage => ({
          id: "unknown-instruction",
          instruction,
          detail: instruction.keyword,
        }),
      ),
    ...stages.flatMap((stage, index) => [
      ...baseFlaws(stage, names),
      ...stageFlaws(stage),
      ...stage.instructions.flatMap((instruction) => inInstruction(stage, instruction)),
      ...(index === stages.length - 1 ? lastStageFlaws(stage) : []),
    ]),
  ];
  const flaws = found.map(({ id, instruction, detail }) =>
    createFlaw(id, originOf(instruction, path), detail),
  );
  return [...flaws, ...secretFlaws(content, { path, told: flaws })].toSorted(
    (one, other) => (one.origin.line ?? 0) - (other.origin.line ?? 0),
  );
}

function inInstruction(stage: Stage, instruction: Instruction): FoundInStage[] {
  if (instruction.keyword !== "RUN") return instructionFlaws(stage, instruction);
  return runFlaws(instruction).map((id) => ({ id, instruction }));
}

/** Adds the name of the stage to those that later ones may build on. */
function baseFlaws({ from, base, name }: Stage, names: Set<string>): FoundInStage[] {
  const found: FoundInStage[] = [];
  const isStage = names.has(base.toLowerCase()) || base === "scratch" || base.includes("$");
  if (!isStage) {
    const [image = "", digest] = base.split("@");
    const tag = /:([^:/]+)$/.exec(image)?.[1];
    if (digest === undefined && (tag === undefined || tag === "latest")) {
      found.push({ id: "base-is-latest", instruction: from, detail: base });
    } else if (digest === undefined) {
      found.push({ id: "base-without-digest", instruction: from, detail: base });
    }
  }
  if (name !== undefined && names.has(name))
    found.push({ id: "stage-name-twice", instruction: from, detail: name });
  if (name !== undefined) names.add(name);
  return found;
}

/** Secrets by their form, anywhere in the file; not once more where the name of a variable told already. */
function secretFlaws(
  content: string,
  { path, told }: { path: string; told: readonly Flaw[] },
): Flaw[] {
  const lines = new Set(
    told.filter(({ id }) => id === "secret-in-dockerfile").map(({ origin }) => origin.line),
  );
  return findSecrets(Buffer.from(content))
    .filter(({ line }) => !lines.has(line))
    .map(({ line, rule }) => createFlaw("secret-in-dockerfile", { path, line }, rule.title));
}

function originOf(instruction: Instruction, path: string): FlawOrigin {
  return { path, line: instruction.line, instruction: quoteInstruction(instruction) };
}

/** On one line, and without secrets. */
export function quoteInstruction({ keyword, text }: Instruction): string {
  return `${keyword} ${hideSecrets(text).replace(/\s+/g, " ").slice(0, LONGEST_QUOTE)}`;
}
