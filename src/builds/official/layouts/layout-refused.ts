/** What is wrong with an OCI layout. */
export type LayoutFault =
  | "missing"
  | "outside"
  | "unreadable"
  | "version"
  | "manifests"
  | "type"
  | "too large"
  | "size"
  | "digest"
  | "pointer"
  | "platform"
  | "layers";

/** A layout that is not imported; the sentence is for whoever wrote the definition. */
export class LayoutRefused extends Error {
  override readonly name = "LayoutRefused";
  readonly fault: LayoutFault;

  constructor(fault: LayoutFault, message: string, options: ErrorOptions = {}) {
    super(`the OCI layout is not imported: ${message}`, options);
    this.fault = fault;
  }
}
