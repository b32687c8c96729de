import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { expect, test } from "vitest";
import { OciError, OciErrors } from "../../oci/error.ts";
import { StorageFullError } from "../../platform/blobs/index.ts";
import { DatabaseBusyError, DatabaseFullError } from "../../platform/db/index.ts";
import { BodyTooLargeError, BodyTooSlowError } from "../../platform/http/index.ts";
import { answerFailure } from "./failure.ts";

const ENOSPC = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });

test.each([
  [new OciError("BLOB_UNKNOWN"), 404, "BLOB_UNKNOWN"],
  [new BodyTooLargeError("too large"), 413, "MANIFEST_INVALID"],
  [new BodyTooSlowError("too slow"), 408, "MANIFEST_INVALID"],
  [new DatabaseBusyError("busy"), 503, "UNAVAILABLE"],
  [new StorageFullError("full"), 507, "STORAGE_FULL"],
  [new DatabaseFullError("full"), 507, "STORAGE_FULL"],
  [ENOSPC, 507, "STORAGE_FULL"],
  [new Error("a secret path: /var/lib"), 500, "UNKNOWN"],
])("%s is answered with %i", async (cause, status, code) => {
  const { answer, errors } = await answerTo(cause);
  expect(answer.status).toBe(status);
  expect(errors).toMatchObject([{ code }]);
});

test("what nobody planned for is told to the log, and only its id to the client", async () => {
  const { errors, log } = await answerTo(new Error("a secret path: /var/lib"));
  expect(errors).toEqual([
    { code: "UNKNOWN", message: expect.any(String), detail: { id: expect.any(String) } },
  ]);
  expect(JSON.stringify(errors)).not.toContain("secret");
  expect(log).toContain("a secret path: /var/lib");
  const id = /under ([0-9a-f-]{36})$/.exec(errors[0]?.message ?? "")?.[1];
  expect(errors[0]?.detail).toEqual({ id });
  expect(log).toContain(`"requestId":"${id}"`);
});

test("several refusals are answered together, with the status of the first", async () => {
  const missing = ["a", "b"].map((digest) => new OciError("MANIFEST_BLOB_UNKNOWN", { digest }));
  const { answer, errors } = await answerTo(new OciErrors(missing));
  expect(answer.status).toBe(400);
  expect(errors.map(({ detail }) => detail)).toEqual([{ digest: "a" }, { digest: "b" }]);
});

test("who should come again is told when, and who should log in is told how", async () => {
  const busy = await answerTo(new OciError("TOOMANYREQUESTS"));
  expect(Number(busy.answer.headers.get("retry-after"))).toBeGreaterThan(0);
  const stranger = await answerTo(new OciError("UNAUTHORIZED"));
  expect(stranger.answer.headers.get("www-authenticate")).toBe('Basic realm="test"');
});

async function answerTo(cause: unknown) {
  const lines: string[] = [];
  const logger = pino({ level: "error" }, { write: (line) => lines.push(line) });
  const server = createServer((request, response) => {
    answerFailure({ request, response, cause, challenge: () => 'Basic realm="test"', log: logger });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    const body = (await answer.json()) as {
      errors: { code: string; message: string; detail: unknown }[];
    };
    return { answer, errors: body.errors, log: lines.join("") };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
