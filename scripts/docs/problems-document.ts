import { PROBLEMS } from "../../src/contract/problems.ts";

/** The refusals of the HTTP API, from the table that the server answers with. */
export function renderProblems(): string {
  const rows = Object.entries(PROBLEMS).map(
    ([name, { status, title }]) => `| \`${name}\` | ${status} | ${title} |`,
  );
  return [
    "# Errors of the HTTP API",
    "Every refusal under `/api/` is a JSON body of RFC 9457, `application/problem+json`: `type` is `urn:berth:problem:` and one of these names, `title` is what stands here, and `detail`, where there is one, is a sentence about the case that says what to do. Refusals that hold for any address, such as those of a body that does not fit its schema, have the type `about:blank`.",
    ["| Name | Status | Title |", "|---|---|---|", ...rows].join("\n"),
  ].join("\n\n");
}
