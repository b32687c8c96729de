/** A build that ended without an image; the sentence is for whoever started it. */
export class BuildFailed extends Error {
  override readonly name = "BuildFailed";
  /** Of the command in the Dockerfile, or of the builder. */
  readonly exitCode: number | undefined;

  /** Whether it was ended for the time that it took. */
  readonly isLate: boolean;

  constructor(
    message: string,
    options: ErrorOptions & { exitCode?: number | undefined; isLate?: boolean } = {},
  ) {
    super(message, options);
    this.isLate = options.isLate ?? false;
    this.exitCode = options.exitCode;
  }
}
