/** What is wrong with a definition file, and where. */
export interface DefinitionProblem {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** Which of the checks of the programme it fails. */
  readonly check: number;
}

/** The check that everything fails which none of the others is about. */
export const READABLE = 1;
/** Of single fields. */
export const FIELD_CHECKS: Readonly<Record<string, number>> = {
  GitCommit: 2,
  Tags: 4,
  SharedTags: 4,
  Architectures: 6,
};
export const TAG_TWICE = 4;
export const ARCHITECTURE_TWICE = 7;
