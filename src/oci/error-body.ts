import { OCI_ERRORS, type OciError } from "./error.ts";

interface ErrorBody {
  readonly errors: readonly {
    readonly code: string;
    readonly message: string;
    readonly detail: unknown;
  }[];
}

/** The document that every refusal of the distribution API carries (distribution-spec, "Error Codes"). */
export function toErrorBody(errors: readonly OciError[]): ErrorBody {
  return {
    errors: errors.map((error) => {
      const entry: { status: number; code?: string } = OCI_ERRORS[error.code];
      return { code: entry.code ?? error.code, message: error.message, detail: error.detail };
    }),
  };
}
