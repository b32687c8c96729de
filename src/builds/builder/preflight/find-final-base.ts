import { BuildFailed } from "../build-failed.ts";
import { checkDockerfile, type StageBase } from "./check-dockerfile.ts";

/** The image from elsewhere that the built one begins with, by the whole of its name; undefined where it begins with nothing. */
export function findFinalBase(
  text: string,
  wish: {
    readonly args: Readonly<Record<string, string>>;
    readonly target: string | undefined;
  },
): string | undefined {
  const stages = readStages(text, wish.args);
  let from: StageBase["from"] = findTarget(stages, wish.target);
  // Each leads to one before it.
  while (typeof from === "number") from = stages[from]?.from;
  return from;
}

/** Some builders take what the hub cannot follow: their images say nothing of a base. */
function readStages(text: string, args: Readonly<Record<string, string>>): readonly StageBase[] {
  try {
    return checkDockerfile(text, args).stages;
  } catch (cause) {
    if (cause instanceof BuildFailed) return [];
    throw cause;
  }
}

function findTarget(stages: readonly StageBase[], target: string | undefined): number {
  if (target === undefined) return stages.length - 1;
  if (/^\d+$/.test(target)) return Number(target);
  return stages.findIndex(({ name }) => name === target.toLowerCase());
}
