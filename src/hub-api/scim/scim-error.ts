/** A refusal as RFC 7644, section 3.12, words it. */
export class ScimError extends Error {
  override readonly name = "ScimError";
  readonly status: number;
  readonly scimType: string | undefined;

  constructor(
    refusal: { readonly status: number; readonly scimType?: string; readonly detail: string },
    options?: ErrorOptions,
  ) {
    super(refusal.detail, options);
    this.status = refusal.status;
    this.scimType = refusal.scimType;
  }
}
