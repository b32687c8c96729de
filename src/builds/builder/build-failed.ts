/** A build that ended without an image; the sentence is for whoever started it. */
export class BuildFailed extends Error {
  override readonly name = "BuildFailed";
  /** Of the command in the Dockerfile, or of the builder. */
  readonly exitCode: number | undefined;

  constructor(message: string, options: ErrorOptions & { exitCode?: number | undefined } = {}) {
    super(message, options);
    this.exitCode = options.exitCode;
  }
}
