import type { BuildStep } from "../builder/builder.ts";

/** What one build took: the step as the builder printed it, its time, and whether it came from a build before. */
export interface SeenBuild {
  readonly steps: readonly Pick<BuildStep, "text" | "ms" | "isCached">[];
}

export interface ContextFacts {
  readonly bytes: number;
  readonly hasIgnore: boolean;
  /** The largest entries of its top. */
  readonly largest: readonly { readonly name: string; readonly bytes: number }[];
}

/** What is kept of a build to learn from. */
export interface BuildFacts extends SeenBuild {
  readonly dockerfile: string;
  readonly context: ContextFacts;
}
