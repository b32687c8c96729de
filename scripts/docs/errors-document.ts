import { OCI_ERRORS } from "../../src/oci/error.ts";

/** The reference of the codes under /v2/, from the table that the server answers with. */
export function renderErrors(): string {
  const rows = Object.entries(OCI_ERRORS).map(
    ([code, { status, message }]) => `| \`${code}\` | ${status} | ${message} |`,
  );
  return [
    "# Errors of the distribution API",
    'Every refusal under `/v2/` is a JSON body `{"errors":[{"code","message","detail"}]}`. The message may be a sentence of its own where the table\'s does not tell what to do.',
    ["| code | status | message |", "|---|---|---|", ...rows].join("\n"),
  ].join("\n\n");
}
