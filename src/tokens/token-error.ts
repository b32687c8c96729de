/**
 * Every refusal of the token service: OAuth's names (RFC 6749, section 5.2; RFC 8693) for clients that speak it, and the
 * distribution API's codes for docker, which shows their messages.
 */
export const TOKEN_ERRORS = {
  invalid_request: {
    status: 400,
    code: "UNSUPPORTED",
    message: "the request is not one for a token",
  },
  invalid_scope: { status: 400, code: "UNSUPPORTED", message: "the scopes ask for too much" },
  invalid_target: {
    status: 400,
    code: "UNSUPPORTED",
    message: "the token is asked for another service",
  },
  unsupported_grant_type: {
    status: 400,
    code: "UNSUPPORTED",
    message: "grant_type must be password or refresh_token",
  },
  invalid_grant: { status: 401, code: "UNAUTHORIZED", message: "wrong user name or password" },
  temporarily_unavailable: {
    status: 503,
    code: "UNAVAILABLE",
    message: "the token cannot be checked now, try again",
  },
  slow_down: { status: 429, code: "TOOMANYREQUESTS", message: "too many failed logins" },
} as const satisfies Record<string, { status: number; code: string; message: string }>;

export type TokenErrorName = keyof typeof TOKEN_ERRORS;

/** A refusal that a client of the token service is told about. */
export class TokenError extends Error {
  override readonly name = "TokenError";
  readonly error: TokenErrorName;
  readonly detail: unknown;

  constructor(
    error: TokenErrorName,
    options?: ErrorOptions & { readonly message?: string; readonly detail?: unknown },
  ) {
    super(options?.message ?? TOKEN_ERRORS[error].message, options);
    this.error = error;
    this.detail = options?.detail ?? null;
  }
}

/** What both kinds of clients read. */
export function toTokenErrorBody(error: TokenError) {
  const { message, detail } = error;
  return {
    errors: [{ code: TOKEN_ERRORS[error.error].code, message, detail }],
    error: error.error,
    error_description: error.message,
  };
}
