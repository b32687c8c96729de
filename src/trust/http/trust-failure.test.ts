import type { IncomingMessage, ServerResponse } from "node:http";
import { pino } from "pino";
import { expect, test } from "vitest";
import { LoginUnavailable, TooManyAttempts } from "../../access/index.ts";
import { OciError } from "../../oci/error.ts";
import { StorageFullError } from "../../platform/blobs/index.ts";
import { DatabaseBusyError, DatabaseFullError } from "../../platform/db/index.ts";
import { BodyTooLargeError } from "../../platform/http/index.ts";
import { TRUST_ERRORS, TrustError, type TrustErrorCode, toTrustError } from "../trust-error.ts";
import { UpdateRefused } from "../tuf/update-refused.ts";
import { answerTrustFailure } from "./trust-failure.ts";

/** What is written to somebody whose request failed so. */
function answer(cause: unknown, complete = true) {
  const written = { status: 0, headers: {} as Record<string, unknown>, text: "" };
  const response = {
    ...{ headersSent: false, destroyed: false },
    writeHead(status: number, headers: Record<string, unknown>) {
      Object.assign(written, { status, headers });
    },
    end(text: string) {
      written.text = text;
    },
  };
  answerTrustFailure({
    request: { destroyed: false, complete, headers: {} } as unknown as IncomingMessage,
    response: response as unknown as ServerResponse,
    cause,
    challenge: () => 'Bearer realm="x"',
    log: pino({ enabled: false }),
  });
  return { ...written, body: JSON.parse(written.text) };
}

/** By the table of the reference server (server/errors); two of them are ours: too many requests, and a fault of the hub. */
const STATUSES: Record<TrustErrorCode, number> = {
  ...{ NO_FILENAME: 400, INVALID_ROLE: 400, MALFORMED_JSON: 400, MALFORMED_UPLOAD: 400 },
  ...{ VERSION: 400, INVALID_UPDATE: 400, INVALID_GUN: 400, INVALID_PARAMETERS: 400 },
  ...{ METADATA_NOT_FOUND: 404, GENERIC_NOT_FOUND: 404, UNAUTHORIZED: 401 },
  ...{ UPDATING: 500, NO_STORAGE: 500, NO_CRYPTOSERVICE: 500, NO_KEYALGORITHM: 500 },
  ...{ TOOMANYREQUESTS: 429, UNKNOWN: 500 },
};

test("every code has the reference server's status and form, which clients make their own errors of", () => {
  expect(Object.keys(TRUST_ERRORS).sort()).toEqual(Object.keys(STATUSES).sort());
  for (const [code, status] of Object.entries(STATUSES)) {
    const said = answer(new TrustError(code as TrustErrorCode, { message: "why" }));
    expect(said.status, code).toBe(status);
    expect(said.body, code).toEqual({ errors: [{ code, message: "why" }] });
    expect(said.text.endsWith("}\n"), code).toBe(true);
    expect(said.headers["Content-Type"], code).toMatch(/^application\/json/);
    expect("WWW-Authenticate" in said.headers, code).toBe(code === "UNAUTHORIZED");
  }
});

test("an update that is refused says as what the client has to take it", () => {
  const faults = [
    "ErrBadRoot",
    "ErrBadTargets",
    "ErrBadSnapshot",
    "ErrBadHierarchy",
    "ErrValidation",
  ] as const;
  for (const fault of faults) {
    const { status, body } = answer(toTrustError(new UpdateRefused(fault, "why")));
    expect(status).toBe(400);
    expect(body.errors[0]).toEqual({
      ...{ code: "INVALID_UPDATE", message: "why" },
      detail: { Name: fault, Error: { Msg: "why" } },
    });
  }
});

test("what fails below is told in those codes, and never in its own words", () => {
  const codeOf = (cause: unknown) => answer(cause).body.errors[0].code;
  const full = Object.assign(new Error("write"), { code: "ENOSPC" });
  for (const cause of [new StorageFullError(), new DatabaseFullError(), full])
    expect(codeOf(cause)).toBe("NO_STORAGE");
  for (const cause of [new DatabaseBusyError("busy"), new LoginUnavailable()])
    expect(codeOf(cause)).toBe("UPDATING");
  expect(codeOf(new BodyTooLargeError())).toBe("MALFORMED_UPLOAD");
  expect(codeOf(new OciError("NAME_UNKNOWN"))).toBe("METADATA_NOT_FOUND");
  expect(codeOf(new OciError("NAME_INVALID"))).toBe("INVALID_GUN");
  const many = answer(new TooManyAttempts(7));
  expect([many.status, many.headers["Retry-After"]]).toEqual([429, 7]);
  const ours = answer(new TypeError("secret of the program"));
  expect([ours.status, ours.body.errors[0].code]).toEqual([500, "UNKNOWN"]);
  expect(ours.text).not.toContain("secret");
});

test("whoever still sends is told that the connection ends", () => {
  expect(answer(new TrustError("MALFORMED_UPLOAD"), false).headers.Connection).toBe("close");
});
