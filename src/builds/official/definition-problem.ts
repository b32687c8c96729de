/** What is wrong with a definition file, and where. */
export interface DefinitionProblem {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}
