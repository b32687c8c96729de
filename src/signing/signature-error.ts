/**
 * Why a signature does not count. `invalid`: it is no signature of what it is said to be of. `untrusted`: whoever made it is
 * not known. `expired`: it was good once. `waiting`: what it speaks of is not there yet.
 */
export type SignatureFault = "invalid" | "untrusted" | "expired" | "waiting";

/** A signature that does not count, with a sentence that says why. */
export class SignatureError extends Error {
  override readonly name = "SignatureError";
  readonly fault: SignatureFault;
  /** Of what is `waiting`: from when on it may be good. */
  readonly from: Date | undefined;

  constructor(
    fault: SignatureFault,
    message: string,
    options: ErrorOptions & { readonly from?: Date } = {},
  ) {
    super(message, options);
    this.fault = fault;
    this.from = options.from;
  }
}
