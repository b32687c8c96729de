/** A refusal that a client of the HTTP API is told about (RFC 9457). Anything else that is thrown becomes a 500. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly status: number;
  /** A sentence for every problem of this kind. */
  readonly title: string;
  /** What names the kind for programs. */
  readonly type: string;
  /** When it is worth trying again. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    kind: ProblemKind,
    options?: ErrorOptions & { readonly detail?: string; readonly retryAfterSeconds?: number },
  ) {
    super(options?.detail ?? kind.title, options);
    this.status = kind.status;
    this.title = kind.title;
    this.type = kind.type ?? "about:blank";
    this.retryAfterSeconds = options?.retryAfterSeconds;
  }
}

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly type?: string;
}

export const PROBLEM_TYPE = "application/problem+json";

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  /** Where the request does not fit the contract. */
  readonly errors?: readonly { readonly at: string; readonly message: string }[];
  /** What finds the failure in the log. */
  readonly requestId?: string;
}
