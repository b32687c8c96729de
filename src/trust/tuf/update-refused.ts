/** What the reference server calls its refusals: clients make their own errors of these words. */
export type UpdateFault =
  | "ErrBadRoot"
  | "ErrBadTargets"
  | "ErrBadSnapshot"
  | "ErrBadHierarchy"
  | "ErrValidation";

/** An update that would leave this name without metadata that clients believe. */
export class UpdateRefused extends Error {
  override readonly name = "UpdateRefused";
  readonly fault: UpdateFault;
  /** The role that the update lacks. */
  readonly missing: string | undefined;

  constructor(
    fault: UpdateFault,
    message: string,
    options: ErrorOptions & { readonly missing?: string } = {},
  ) {
    super(message, options);
    this.fault = fault;
    this.missing = options.missing;
  }
}
