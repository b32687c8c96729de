import { expect } from "vitest";
import type { Answer } from "../harness/registry-client.ts";

type Refusal = {
  readonly status: number | readonly number[];
  /** One of these codes; any code of the specification unless given. */
  readonly code?: string | readonly string[];
};

/** Codes of the specification, and those older clients and registries agree on. */
export const KNOWN_CODES: readonly string[] = [
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
  "TAG_INVALID",
  "PAGINATION_NUMBER_INVALID",
  "RANGE_INVALID",
  "UNKNOWN",
];

/** The answer refuses, with the body the specification gives errors. */
export function expectRefusal(answer: Answer, { status, code = KNOWN_CODES }: Refusal): void {
  expect([status].flat(), answer.body.toString()).toContain(answer.status);
  const codes = errorsOf(answer).map((error) => error.code);
  expect(codes.length).toBeGreaterThan(0);
  for (const each of codes) expect([code].flat()).toContain(each);
}

/** The errors of a body, each checked for the shape that clients parse. */
export function errorsOf(answer: Answer): readonly OciErrorBody[] {
  expect(answer.headers["content-type"]).toMatch(/^application\/json\b/);
  const body: unknown = JSON.parse(answer.body.toString());
  expect(body).toEqual({ errors: expect.any(Array) });
  const { errors } = body as { errors: OciErrorBody[] };
  for (const error of errors) {
    expect(error.code).toMatch(/^[A-Z_]+$/);
    expect(error.message).toEqual(expect.any(String));
    expect(["code", "message", "detail"]).toEqual(expect.arrayContaining(Object.keys(error)));
  }
  return errors;
}

type OciErrorBody = {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
};

/** The status is that, and for HEAD there is no body. */
export function expectEmpty(answer: Answer, status: number): void {
  expect(answer.status, answer.body.toString()).toBe(status);
  expect(answer.body).toHaveLength(0);
}
