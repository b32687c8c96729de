/** Why a Git server could not be read; the sentence is for those who see the source. */
export class SourceError extends Error {
  override readonly name = "SourceError";
}
