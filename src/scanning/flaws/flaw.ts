import { DOCKERFILE_FLAWS } from "./dockerfile-flaw-facts.ts";
import { IMAGE_FLAWS } from "./image-flaw-facts.ts";

type FlawSeverity = "low" | "medium" | "high" | "critical";

/** What is always true of one kind of flaw. */
export interface FlawFacts {
  readonly severity: FlawSeverity;
  readonly title: string;
  /** Why it matters. */
  readonly why: string;
  readonly fix: string;
  /** What Trivy calls it, for those who come from there. */
  readonly trivy?: string;
}

export const FLAWS = { ...IMAGE_FLAWS, ...DOCKERFILE_FLAWS } as const satisfies Record<
  string,
  FlawFacts
>;

export type FlawId = keyof typeof FLAWS;

/** Where a flaw came from, as far as is known. */
export interface FlawOrigin {
  /** Index of the layer, from 0 at the bottom. */
  readonly layer?: number;
  /** The step of the build that did it, as in a Dockerfile. */
  readonly instruction?: string;
  /** Of the image, or of the Dockerfile. */
  readonly path?: string;
  /** From 1. */
  readonly line?: number;
}

/** Something about an image or a Dockerfile that should be otherwise. */
export interface Flaw extends FlawFacts {
  readonly id: FlawId;
  /** What exactly was found. */
  readonly detail?: string;
  readonly origin: FlawOrigin;
}

export function createFlaw(id: FlawId, origin: FlawOrigin, detail?: string): Flaw {
  return { id, ...FLAWS[id], ...(detail === undefined ? {} : { detail }), origin };
}
