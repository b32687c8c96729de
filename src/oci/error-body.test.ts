import { describe, expect, test } from "vitest";
import { OCI_ERRORS, OciError, OciErrors } from "./error.ts";
import { toErrorBody } from "./error-body.ts";

/** The codes that clients know: distribution-spec's code-1 to code-14, and what registries added. */
const WIRE_CODES = [
  "BLOB_UNKNOWN",
  "BLOB_UPLOAD_INVALID",
  "BLOB_UPLOAD_UNKNOWN",
  "DIGEST_INVALID",
  "MANIFEST_BLOB_UNKNOWN",
  "MANIFEST_INVALID",
  "MANIFEST_UNKNOWN",
  "NAME_INVALID",
  "NAME_UNKNOWN",
  "SIZE_INVALID",
  "UNAUTHORIZED",
  "DENIED",
  "UNSUPPORTED",
  "TOOMANYREQUESTS",
];

describe("the body of a refusal", () => {
  test("names the code, the sentence and the detail of every error", () => {
    const first = new OciError("MANIFEST_BLOB_UNKNOWN", { digest: "sha256:a" });
    const second = new OciError("MANIFEST_BLOB_UNKNOWN", null, { message: "push the layer first" });
    expect(toErrorBody([first, second])).toEqual({
      errors: [
        {
          code: "MANIFEST_BLOB_UNKNOWN",
          message: "manifest references a blob unknown to registry",
          detail: { digest: "sha256:a" },
        },
        { code: "MANIFEST_BLOB_UNKNOWN", message: "push the layer first", detail: null },
      ],
    });
  });

  test("calls a manifest that is too large invalid, as the specification does", () => {
    const { errors } = toErrorBody([new OciError("MANIFEST_TOO_LARGE")]);
    expect(errors[0]?.code).toBe("MANIFEST_INVALID");
    expect(OCI_ERRORS.MANIFEST_TOO_LARGE.status).toBe(413);
  });

  test("has a code of upper-case letters and underscores, and every code of the specification exists", () => {
    const codes = Object.keys(OCI_ERRORS);
    for (const code of codes) expect(code).toMatch(/^[A-Z_]+$/);
    expect(codes).toEqual(expect.arrayContaining(WIRE_CODES));
  });
});

test("several errors at once say everything in one message", () => {
  const errors = ["a", "b"].map((message) => new OciError("BLOB_UNKNOWN", null, { message }));
  expect(new OciErrors(errors).message).toBe("a; b");
});
