import type { UpdateRefused } from "./tuf/update-refused.ts";

/** What Notary's API answers with: the codes of the reference server, which its clients know. */
export const TRUST_ERRORS = {
  NO_FILENAME: { status: 400, message: "a file of the upload has no name" },
  INVALID_ROLE: { status: 400, message: "there is no such role" },
  MALFORMED_JSON: { status: 400, message: "a file of the upload is no signed JSON" },
  MALFORMED_UPLOAD: { status: 400, message: "the upload is no form of files" },
  VERSION: { status: 400, message: "a newer version is stored already" },
  INVALID_UPDATE: { status: 400, message: "the update is not valid" },
  INVALID_GUN: { status: 400, message: "the name is none of this hub" },
  INVALID_PARAMETERS: { status: 400, message: "the parameters are not valid" },
  UNAUTHORIZED: { status: 401, message: "authentication required" },
  METADATA_NOT_FOUND: { status: 404, message: "there is no trust data" },
  GENERIC_NOT_FOUND: { status: 404, message: "there is nothing at this address" },
  TOOMANYREQUESTS: { status: 429, message: "too many requests" },
  UPDATING: { status: 500, message: "the update could not be stored" },
  NO_STORAGE: { status: 500, message: "the hub has no room left for trust data" },
  NO_CRYPTOSERVICE: { status: 500, message: "the hub cannot use the keys that it holds" },
  NO_KEYALGORITHM: { status: 500, message: "the hub knows no such kind of key" },
  UNKNOWN: { status: 500, message: "internal error" },
} as const satisfies Record<string, { status: number; message: string }>;

export type TrustErrorCode = keyof typeof TRUST_ERRORS;

/** A refusal the client is told about. Anything else that is thrown is our bug and becomes a 500. */
export class TrustError extends Error {
  override readonly name = "TrustError";
  readonly code: TrustErrorCode;
  readonly detail: unknown;

  constructor(
    code: TrustErrorCode,
    options: ErrorOptions & { readonly message?: string; readonly detail?: unknown } = {},
  ) {
    super(options.message ?? TRUST_ERRORS[code].message, options);
    this.code = code;
    this.detail = options.detail;
  }
}

/** In the form that clients make their own errors of. */
export function toTrustError(cause: UpdateRefused): TrustError {
  const { fault, missing, message } = cause;
  const words = missing === undefined ? { Msg: message } : { Missing: missing, Msg: message };
  const detail = { Name: fault, Error: words };
  return new TrustError("INVALID_UPDATE", { message, detail, cause });
}
