import { describe, expect } from "vitest";
import { digestOf } from "../harness/images.ts";
import { chunked, RawConnection, requestHead } from "../harness/raw-http.ts";
import {
  type Answer,
  locationOf,
  type RegistryClient,
  withQuery,
} from "../harness/registry-client.ts";
import { expectEmpty, expectRefusal } from "./expectations.ts";
import { newRepository, type Suite } from "./target.ts";
import { waitUntilReleased } from "./upload-progress.ts";

const CHUNK = 1024;

/** Blobs in many requests, in and out of order, and cut short. */
export function describeChunkedPush(suite: Suite): void {
  describe("chunked push", () => {
    describeOrderlyChunks(suite);
    describeDisorderlyChunks(suite);
    describeStreams(suite);
    describeConcurrentChunks(suite);
    describeBrokenConnections(suite);
  });
}

function describeOrderlyChunks({ check, target }: Suite): void {
  check("U4: a chunk with its Content-Range answers 202 and how far the upload is", async () => {
    const { client, random } = target();
    const location = await client.startUpload(newRepository(target()));
    const answer = await patchRange(client, location, { bytes: random.bytes(CHUNK), start: 0 });
    expectEmpty(answer, 202);
    expect(answer.headers.range).toBe("0-1023");
    expect(answer.headers.location).toBeDefined();
    expect(answer.headers["docker-upload-uuid"]).toBeDefined();
  });

  check("U5: three chunks in order make one blob", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const bytes = random.bytes(3 * CHUNK - 5);
    let location = await client.startUpload(repository);
    for (let start = 0; start < bytes.length; start += CHUNK) {
      const chunk = bytes.subarray(start, start + CHUNK);
      const answer = await patchRange(client, location, { bytes: chunk, start });
      expectEmpty(answer, 202);
      expect(answer.headers.range).toBe(`0-${start + chunk.length - 1}`);
      location = locationOf(answer);
    }
    const digest = digestOf(bytes);
    const answer = await client.finishUpload(location, digest);
    expectEmpty(answer, 201);
    expect(answer.headers["docker-content-digest"]).toBe(digest);
    expect((await client.get(locationOf(answer))).body.equals(bytes)).toBe(true);
  });

  check("U7: the closing PUT may carry the last chunk", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const bytes = random.bytes(2 * CHUNK);
    const first = await patchRange(client, await client.startUpload(repository), {
      bytes: bytes.subarray(0, CHUNK),
      start: 0,
    });
    const answer = await client.finishUpload(locationOf(first), digestOf(bytes), {
      headers: { "content-range": `${CHUNK}-${2 * CHUNK - 1}` },
      body: bytes.subarray(CHUNK),
    });
    expectEmpty(answer, 201);
    expect((await client.get(locationOf(answer))).body.equals(bytes)).toBe(true);
  });

  check("U8: GET tells how far an upload is", async () => {
    const { client, random } = target();
    const location = await client.startUpload(newRepository(target()));
    const empty = await client.get(location);
    expectEmpty(empty, 204);
    expect(empty.headers.range).toBe("0-0");
    expect(empty.headers.location).toBeDefined();
    expect(empty.headers["docker-upload-uuid"]).toBeDefined();
    const patched = await patchRange(client, location, { bytes: random.bytes(CHUNK), start: 0 });
    const answer = await client.get(locationOf(patched));
    expectEmpty(answer, 204);
    expect(answer.headers.range).toBe("0-1023");
  });

  check("U10: an upload closes with an empty PUT", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const bytes = random.bytes(CHUNK);
    const patched = await client.patch(await client.startUpload(repository), bytes);
    const answer = await client.finishUpload(locationOf(patched), digestOf(bytes), {
      headers: { "content-length": "0" },
    });
    expectEmpty(answer, 201);
    expect((await client.get(locationOf(answer))).body.equals(bytes)).toBe(true);
  });

  for (const form of ["bytes 0-1023/*", "bytes 0-1023/4096", "0-1023/4096", "bytes 0-1023"]) {
    check(`U19: the Content-Range "${form}" is understood`, async () => {
      const { client, random } = target();
      const location = await client.startUpload(newRepository(target()));
      const answer = await client.patch(location, random.bytes(CHUNK), { "content-range": form });
      expectEmpty(answer, 202);
      expect(answer.headers.range).toBe("0-1023");
    });
  }
}

function describeDisorderlyChunks({ check, target }: Suite): void {
  for (const [title, start] of [
    ["a gap", 2 * CHUNK],
    ["an overlap", CHUNK - 10],
    ["a repeated chunk", 0],
  ] as const) {
    check(`U6: ${title} answers 416 and the session goes on`, async () => {
      const { client, random } = target();
      const repository = newRepository(target());
      const bytes = random.bytes(2 * CHUNK);
      const first = await patchRange(client, await client.startUpload(repository), {
        bytes: bytes.subarray(0, CHUNK),
        start: 0,
      });
      const wrong = { bytes: random.bytes(CHUNK), start };
      const refused = await patchRange(client, locationOf(first), wrong);
      expect(refused.status).toBe(416);
      const location = await expectProgress(client, locationOf(first), "0-1023");
      const second = { bytes: bytes.subarray(CHUNK), start: CHUNK };
      const accepted = await patchRange(client, location, second);
      const answer = await client.finishUpload(locationOf(accepted), digestOf(bytes));
      expectEmpty(answer, 201);
    });
  }

  check("U6: a first chunk that does not start at 0 answers 416", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const bytes = random.bytes(CHUNK);
    const location = await client.startUpload(repository);
    const refused = await patchRange(client, location, { bytes, start: CHUNK });
    expect(refused.status).toBe(416);
    const accepted = await patchRange(client, await expectProgress(client, location, "0-0"), {
      bytes,
      start: 0,
    });
    expectEmpty(await client.finishUpload(locationOf(accepted), digestOf(bytes)), 201);
  });

  check(
    "U7: a closing PUT with a wrong Content-Range answers 416 and the session survives",
    async () => {
      const { client, random } = target();
      const repository = newRepository(target());
      const bytes = random.bytes(2 * CHUNK);
      const digest = digestOf(bytes);
      const first = await patchRange(client, await client.startUpload(repository), {
        bytes: bytes.subarray(0, CHUNK),
        start: 0,
      });
      const closing = withQuery(locationOf(first), { digest });
      const refused = await client.send("PUT", closing, {
        headers: { "content-range": `0-${CHUNK - 1}` },
        body: bytes.subarray(CHUNK),
      });
      expect(refused.status).toBe(416);
      // As the upstream suite does: it asks for the progress at the address of the refused PUT, digest and all.
      const location = await expectProgress(client, closing, "0-1023");
      const answer = await client.finishUpload(location, digest, {
        headers: { "content-range": `${CHUNK}-${2 * CHUNK - 1}` },
        body: bytes.subarray(CHUNK),
      });
      expectEmpty(answer, 201);
      expect((await client.get(locationOf(answer))).body.equals(bytes)).toBe(true);
    },
  );

  check("U18: a Content-Length that is not the range's length answers 400", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const bytes = random.bytes(CHUNK);
    const location = await client.startUpload(repository);
    for (const range of ["0-99", "0-5000"]) {
      const answer = await client.patch(location, bytes, { "content-range": range });
      expectRefusal(answer, { status: 400, code: ["SIZE_INVALID", "BLOB_UPLOAD_INVALID"] });
    }
    const accepted = await patchRange(client, await expectProgress(client, location, "0-0"), {
      bytes,
      start: 0,
    });
    expectEmpty(await client.finishUpload(locationOf(accepted), digestOf(bytes)), 201);
  });

  check("U18: a Content-Range that cannot be read answers 400 or 416", async () => {
    const { client, random } = target();
    const location = await client.startUpload(newRepository(target()));
    for (const range of ["a-b", "5", "9-5", "-5", "0-", "0-99999999999999999999"]) {
      const answer = await client.patch(location, random.bytes(10), { "content-range": range });
      expect([400, 416], range).toContain(answer.status);
    }
    await expectProgress(client, location, "0-0");
  });
}

function describeStreams({ check, target }: Suite): void {
  for (const [title, headers] of [
    ["without a Content-Type, as docker does", {}],
    ["with a Content-Type", { "content-type": "application/octet-stream" }],
  ] as const) {
    check(`U9: a PATCH streams its body ${title}`, async () => {
      const { client, random } = target();
      const repository = newRepository(target());
      const bytes = random.bytes(100_000);
      const location = await client.startUpload(repository);
      const pieces = [bytes.subarray(0, 30_000), bytes.subarray(30_000)];
      const patched = await client.send("PATCH", location, { headers, body: pieces });
      expectEmpty(patched, 202);
      expect(patched.headers.range).toBe("0-99999");
      const answer = await client.finishUpload(locationOf(patched), digestOf(bytes));
      expectEmpty(answer, 201);
      expect((await client.get(locationOf(answer))).body.equals(bytes)).toBe(true);
    });
  }

  check("U9: two streams to one session follow each other", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const [first, second] = [random.bytes(5000), random.bytes(5000)];
    const location = await client.startUpload(repository);
    const one = await client.send("PATCH", location, { body: [first] });
    const two = await client.send("PATCH", locationOf(one), { body: [second] });
    expect(two.headers.range).toBe("0-9999");
    const digest = digestOf(Buffer.concat([first, second]));
    expectEmpty(await client.finishUpload(locationOf(two), digest), 201);
  });
}

function describeConcurrentChunks({ check, target }: Suite): void {
  check(
    "U20: a second PATCH to a session that is being written to does not interleave",
    async () => {
      const { client, random } = target();
      const repository = newRepository(target());
      const bytes = random.bytes(600_000);
      const location = await client.startUpload(repository);
      await using connection = await RawConnection.open(client.host);
      const head = [
        `PATCH ${location} HTTP/1.1`,
        `Content-Length: ${bytes.length}`,
        ...client.credentials,
      ];
      await connection.send(requestHead(client.host, head), bytes.subarray(0, 500_000));
      await waitForProgress(client, location);
      const second = await client.patch(location, random.bytes(CHUNK));
      expect([409, 416, 423]).toContain(second.status);
      await connection.send(bytes.subarray(500_000));
      const first = await connection.receive();
      expect(first.status).toBe(202);
      expect(first.headers.get("range")).toBe("0-599999");
      const next = locationOf({ ...second, headers: Object.fromEntries(first.headers) });
      expectEmpty(await client.finishUpload(next, digestOf(bytes)), 201);
    },
  );
}

function describeBrokenConnections({ check, target }: Suite): void {
  check("U21: an upload goes on where a broken connection left it", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const bytes = random.bytes(300_000);
    let location = await client.startUpload(repository);
    {
      await using connection = await RawConnection.open(client.host);
      const head = [
        `PATCH ${location} HTTP/1.1`,
        `Content-Length: ${bytes.length}`,
        ...client.credentials,
      ];
      await connection.send(requestHead(client.host, head), bytes.subarray(0, 200_000));
    }
    const resumed = await resume(client, location, bytes);
    location = locationOf(resumed);
    expectEmpty(await client.finishUpload(location, digestOf(bytes)), 201);
    const blob = await client.getBlob(repository, digestOf(bytes));
    expect(blob.body.equals(bytes)).toBe(true);
  });

  check("U21: a chunked body that is cut short is never committed", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const bytes = random.bytes(10_000);
    const digest = digestOf(bytes);
    const location = withQuery(await client.startUpload(repository), { digest });
    const whole = chunked(bytes);
    {
      await using connection = await RawConnection.open(client.host);
      const head = [
        `PUT ${location} HTTP/1.1`,
        "Transfer-Encoding: chunked",
        ...client.credentials,
      ];
      // All of the blob's bytes, but not the mark that ends the body.
      await connection.send(
        requestHead(client.host, head),
        whole.subarray(0, whole.length - "0\r\n\r\n".length),
      );
    }
    await waitUntilReleased(client, location);
    expectEmpty(await client.headBlob(repository, digest), 404);
  });
}

function patchRange(
  client: RegistryClient,
  location: string,
  { bytes, start }: { bytes: Uint8Array; start: number },
): Promise<Answer> {
  return client.patch(location, bytes, {
    "content-range": `${start}-${start + bytes.length - 1}`,
  });
}

/** Asks how far the upload is, as a client does after a refusal; gives the location to go on with. */
async function expectProgress(
  client: RegistryClient,
  location: string,
  range: string,
): Promise<string> {
  const answer = await client.get(location);
  expectEmpty(answer, 204);
  expect(answer.headers.range).toBe(range);
  return locationOf(answer);
}

/** Waits until the server has begun to read the body that another connection sends. */
async function waitForProgress(client: RegistryClient, location: string): Promise<void> {
  await expect
    .poll(async () => {
      const answer = await client.get(location);
      return answer.headers.range !== "0-0" || answer.status !== 204;
    })
    .toBe(true);
}

/** Sends the rest from where the registry says it is, until it has noticed that the first connection is gone. */
async function resume(client: RegistryClient, location: string, bytes: Buffer): Promise<Answer> {
  let answer: Answer | undefined;
  await expect
    .poll(
      async () => {
        const progress = await client.get(location);
        const last = Number(progress.headers.range?.split("-")[1] ?? 0);
        const start = last === 0 ? 0 : last + 1;
        answer = await patchRange(client, locationOf(progress), {
          bytes: bytes.subarray(start),
          start,
        });
        return answer.status;
      },
      { timeout: 5_000 },
    )
    .toBe(202);
  if (answer === undefined) throw new Error("the upload was not asked about");
  return answer;
}
