/**
 * Every code that a distribution route may answer with, its status and its default sentence.
 * Source: distribution-spec "Error Codes" (code-1 … code-14) and the legacy codes that clients know.
 * `code` is what is sent where the specification has one code for several cases.
 */
export const OCI_ERRORS = {
  BLOB_UNKNOWN: { status: 404, message: "blob unknown to registry" },
  BLOB_UPLOAD_INVALID: { status: 400, message: "blob upload invalid" },
  BLOB_UPLOAD_UNKNOWN: { status: 404, message: "blob upload unknown to registry" },
  DIGEST_INVALID: { status: 400, message: "provided digest did not match uploaded content" },
  MANIFEST_BLOB_UNKNOWN: { status: 400, message: "manifest references a blob unknown to registry" },
  MANIFEST_INVALID: { status: 400, message: "manifest invalid" },
  MANIFEST_UNKNOWN: { status: 404, message: "manifest unknown to registry" },
  NAME_INVALID: { status: 400, message: "invalid repository name" },
  NAME_UNKNOWN: { status: 404, message: "repository name not known to registry" },
  SIZE_INVALID: { status: 400, message: "provided length did not match content length" },
  TAG_INVALID: { status: 400, message: "tag does not match [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}" },
  PAGINATION_NUMBER_INVALID: { status: 400, message: "invalid number of results requested" },
  RANGE_INVALID: { status: 416, message: "invalid content range" },
  MANIFEST_TOO_LARGE: {
    status: 413,
    code: "MANIFEST_INVALID",
    message: "manifest is larger than the 4 MiB that registries and clients agree on",
  },
  MANIFEST_TOO_SLOW: {
    status: 408,
    code: "MANIFEST_INVALID",
    message: "manifest did not arrive in time",
  },
  // Sent as DENIED: at SIZE_INVALID docker sends the whole layer four times more before it shows the message.
  BLOB_TOO_LARGE: {
    status: 413,
    code: "DENIED",
    message: "layer is larger than this registry allows",
  },
  UNAUTHORIZED: { status: 401, message: "authentication required" },
  DENIED: { status: 403, message: "requested access to the resource is denied" },
  UNSUPPORTED: { status: 405, message: "the operation is unsupported" },
  TOOMANYREQUESTS: { status: 429, message: "too many requests" },
  // The specification closes the list of codes for 4xx; to people it reads "denied: the tag is not ...".
  PRECONDITION_FAILED: {
    status: 412,
    code: "DENIED",
    message: "the tag is not in the state the request asked for",
  },
  // As Harbor answers; sent as DENIED, because the specification closes the list.
  TAG_IMMUTABLE: {
    status: 412,
    code: "DENIED",
    message: "the tag is immutable: it can be neither moved nor deleted",
  },
  TAG_FORMAT: {
    status: 403,
    code: "DENIED",
    message: "the tag's name is none that may be pushed here",
  },
  TAG_PROTECTED: {
    status: 403,
    code: "DENIED",
    message: "the tag is protected: others may push or delete it",
  },
  // Sent as DENIED, at which docker stops and shows the message.
  QUOTA_EXCEEDED: {
    status: 403,
    code: "DENIED",
    message: "the push does not fit into a quota",
  },
  UNAVAILABLE: { status: 503, message: "the registry cannot answer now, try again" },
  STORAGE_FULL: { status: 507, message: "the registry has no room left for this content" },
  UNKNOWN: { status: 500, message: "internal error" },
} as const satisfies Record<string, { status: number; code?: string; message: string }>;

export type OciErrorCode = keyof typeof OCI_ERRORS;

/** A refusal the client is told about. Anything else that is thrown is our bug and becomes a 500. */
export class OciError extends Error {
  override readonly name = "OciError";
  readonly code: OciErrorCode;
  readonly detail: unknown;

  constructor(code: OciErrorCode, detail: unknown = null, options?: OciErrorOptions) {
    super(options?.message ?? OCI_ERRORS[code].message, options);
    this.code = code;
    this.detail = detail;
  }
}

interface OciErrorOptions extends ErrorOptions {
  /** A sentence of its own, where the table's does not tell the user what to do next. */
  readonly message?: string;
}

/** Several refusals of one request, such as each blob that a manifest names and the repository does not have. */
export class OciErrors extends Error {
  override readonly name = "OciErrors";
  readonly errors: readonly OciError[];

  constructor(errors: readonly OciError[]) {
    super(errors.map((error) => error.message).join("; "));
    this.errors = errors;
  }
}
