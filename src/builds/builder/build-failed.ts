/** A build that ended without an image; the sentence is for whoever started it. */
export class BuildFailed extends Error {
  override readonly name = "BuildFailed";
  /** Of the command in the Dockerfile, or of the builder. */
  readonly exitCode: number | undefined;

  /** Whether it was ended for the time that it took. */
  readonly isLate: boolean;

  /** Whether it was to run programs of another kind of machine, which this one cannot. */
  readonly isForeign: boolean;

  constructor(
    message: string,
    options: ErrorOptions & {
      exitCode?: number | undefined;
      isLate?: boolean;
      isForeign?: boolean;
    } = {},
  ) {
    super(message, options);
    this.isForeign = options.isForeign ?? false;
    this.isLate = options.isLate ?? false;
    this.exitCode = options.exitCode;
  }
}
