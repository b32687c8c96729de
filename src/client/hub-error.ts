/** The hub could not be reached, or what answered is not a hub. */
export class HubUnreachable extends Error {
  override readonly name = "HubUnreachable";
}

/** The hub understood the request and refused it; the message is the hub's own sentence. */
export class HubRefusal extends Error {
  override readonly name = "HubRefusal";
  readonly status: number;
  /** The password was right, and does not suffice. */
  readonly needsCode: boolean;

  constructor(status: number, message: string, needsCode = false) {
    super(message);
    this.status = status;
    this.needsCode = needsCode;
  }
}
