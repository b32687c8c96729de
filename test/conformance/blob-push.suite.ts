import { describe, expect } from "vitest";
import { digestOf } from "../harness/images.ts";
import { exchange } from "../harness/raw-http.ts";
import { blobPath, locationOf, withQuery } from "../harness/registry-client.ts";
import { expectEmpty, expectRefusal } from "./expectations.ts";
import { newRepository, type Suite } from "./target.ts";

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;

/** Blobs in one request or two, and what refuses them. */
export function describeBlobPush(suite: Suite): void {
  describe("blob push", () => {
    describeSessions(suite);
    describeMonolithicPush(suite);
    describeWrongDigests(suite);
    describeMounts(suite);
    describeAlgorithms(suite);
  });
}

function describeSessions({ check, target }: Suite): void {
  for (const [title, lines] of [
    ["without a length", []],
    ["with Content-Length: 0", ["Content-Length: 0"]],
  ] as const) {
    check(`U1: POST uploads/ ${title} opens a session`, async () => {
      const repository = newRepository(target());
      const { client } = target();
      const answer = await exchange(client.host, [
        `POST /v2/${repository}/blobs/uploads/ HTTP/1.1`,
        ...client.credentials,
        ...lines,
      ]);
      expect(answer.status).toBe(202);
      const header = (name: string) => answer.headers.get(name);
      expect(header("location")).toMatch(UUID);
      expect(header("range")).toBe("0-0");
      expect(header("content-length")).toBe("0");
      expect(header("docker-upload-uuid")).toMatch(UUID);
      expect(header("location")).toContain(header("docker-upload-uuid"));
    });
  }

  check("U1: POST uploads without the slash at the end opens a session too", async () => {
    const answer = await target().client.send(
      "POST",
      `/v2/${newRepository(target())}/blobs/uploads`,
    );
    expect(answer.status).toBe(202);
    expect(answer.headers.location).toMatch(UUID);
  });

  check("U1: every session is another one", async () => {
    const { client } = target();
    const repository = newRepository(target());
    const locations = await Promise.all(
      Array.from({ length: 10 }, () => client.startUpload(repository)),
    );
    expect(new Set(locations).size).toBe(10);
  });

  check("U12: an unknown session answers 404 to every method", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    await client.pushBlob(repository, random.bytes(10));
    const location = `/v2/${repository}/blobs/uploads/01234567-89ab-4def-8123-456789abcdef`;
    const refusal = { status: 404, code: "BLOB_UPLOAD_UNKNOWN" };
    const bytes = random.bytes(10);
    expectRefusal(await client.get(location), refusal);
    expectRefusal(await client.patch(location, bytes), refusal);
    const put = await client.finishUpload(location, digestOf(bytes), { body: bytes });
    expectRefusal(put, refusal);
    expectRefusal(await client.delete(location), refusal);
  });

  check("U12: a finished session is gone", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const bytes = random.bytes(10);
    const location = await client.startUpload(repository);
    await client.finishUpload(location, digestOf(bytes), { body: bytes });
    const refusal = { status: 404, code: "BLOB_UPLOAD_UNKNOWN" };
    expectRefusal(await client.get(location), refusal);
    expectRefusal(await client.patch(location, bytes), refusal);
    expectRefusal(await client.finishUpload(location, digestOf(bytes)), refusal);
  });

  check("U12: a session belongs to its repository", async () => {
    const { client, random } = target();
    const [repository, other] = [newRepository(target()), newRepository(target())];
    const location = await client.startUpload(repository);
    const stolen = location.replace(repository, other);
    expect((await client.get(stolen)).status).toBe(404);
    expect((await client.patch(stolen, random.bytes(10))).status).toBe(404);
    expect((await client.get(location)).status).toBe(204);
  });

  check("U13: DELETE cancels a session for good", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const bytes = random.bytes(100);
    const patched = await client.patch(await client.startUpload(repository), bytes);
    const location = locationOf(patched);
    expectEmpty(await client.delete(location), 204);
    const refusal = { status: 404, code: "BLOB_UPLOAD_UNKNOWN" };
    expectRefusal(await client.patch(location, bytes), refusal);
    expectRefusal(await client.get(location), refusal);
    expectRefusal(await client.delete(location), refusal);
    expectEmpty(await client.headBlob(repository, digestOf(bytes)), 404);
  });
}

function describeMonolithicPush({ check, target }: Suite): void {
  check("U2: PUT with the whole body answers 201 and where the blob is", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const bytes = random.bytes(1000);
    const digest = digestOf(bytes);
    const location = await client.startUpload(repository);
    const answer = await client.finishUpload(location, digest, { body: bytes });
    expectEmpty(answer, 201);
    expect(answer.headers["docker-content-digest"]).toBe(digest);
    const blob = await client.get(locationOf(answer));
    expect(blob.body.equals(bytes)).toBe(true);
  });

  check("U2: PUT without a Content-Type is as good", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const bytes = random.bytes(1000);
    const location = await client.startUpload(repository);
    const put = withQuery(location, { digest: digestOf(bytes) });
    expectEmpty(await client.send("PUT", put, { body: bytes }), 201);
  });

  check("U2: a blob that is there already can be pushed again", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const bytes = random.bytes(1000);
    const digest = await client.pushBlob(repository, bytes);
    await client.pushBlob(repository, bytes);
    expect((await client.getBlob(repository, digest)).body.equals(bytes)).toBe(true);
  });

  check("U3: POST with the digest and the body stores a blob in one request", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const bytes = random.bytes(1000);
    const digest = digestOf(bytes);
    const path = withQuery(`/v2/${repository}/blobs/uploads/`, { digest });
    const answer = await client.send("POST", path, { body: bytes });
    expectEmpty(answer, 201);
    expect(answer.headers["docker-content-digest"]).toBe(digest);
    const blob = await client.get(locationOf(answer));
    expect(blob.body.equals(bytes)).toBe(true);
  });

  check(
    "U3: POST with a digest that is not the body's answers 400 and stores nothing",
    async () => {
      const { client, random } = target();
      const repository = newRepository(target());
      const bytes = random.bytes(1000);
      const digest = digestOf(bytes);
      const path = withQuery(`/v2/${repository}/blobs/uploads/`, { digest });
      const answer = await client.send("POST", path, {
        body: Buffer.concat([bytes, Buffer.from("oh no")]),
      });
      expectRefusal(answer, { status: 400, code: "DIGEST_INVALID" });
      expectEmpty(await client.headBlob(repository, digest), 404);
    },
  );
}

function describeWrongDigests({ check, target }: Suite): void {
  check("U11: PUT with another digest than the content's stores nothing", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const bytes = random.bytes(1000);
    const wrong = digestOf(random.bytes(10));
    const location = await client.startUpload(repository);
    const answer = await client.finishUpload(location, wrong, { body: bytes });
    expectRefusal(answer, { status: 400, code: "DIGEST_INVALID" });
    expectEmpty(await client.headBlob(repository, wrong), 404);
    expectEmpty(await client.headBlob(repository, digestOf(bytes)), 404);
  });

  for (const digest of [
    "sha256:baddigeststring",
    "sha256",
    "md5:d41d8cd98f00b204e9800998ecf8427e",
  ]) {
    check(`U11: PUT with the digest ${digest} answers 400 and keeps the session`, async () => {
      const { client, random } = target();
      const repository = newRepository(target());
      const bytes = random.bytes(1000);
      const patched = await client.patch(await client.startUpload(repository), bytes);
      const location = locationOf(patched);
      const answer = await client.finishUpload(location, digest);
      expectRefusal(answer, { status: 400, code: "DIGEST_INVALID" });
      const finished = await client.finishUpload(location, digestOf(bytes));
      expectEmpty(finished, 201);
    });
  }

  check("U11: PUT without a digest answers 400 and keeps the session", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const bytes = random.bytes(1000);
    const patched = await client.patch(await client.startUpload(repository), bytes);
    const location = locationOf(patched);
    expectRefusal(await client.send("PUT", location), { status: 400, code: "DIGEST_INVALID" });
    expectEmpty(await client.finishUpload(location, digestOf(bytes)), 201);
  });
}

function describeMounts({ check, target }: Suite): void {
  check("U14: a blob is mounted from another repository without a byte", async () => {
    const { client, random } = target();
    const [from, to] = [newRepository(target()), newRepository(target())];
    const bytes = random.bytes(1000);
    const mount = await client.pushBlob(from, bytes);
    const path = withQuery(`/v2/${to}/blobs/uploads/`, { mount, from });
    const answer = await client.send("POST", path);
    expectEmpty(answer, 201);
    expect(answer.headers["docker-content-digest"]).toBe(mount);
    expect((await client.get(locationOf(answer))).body.equals(bytes)).toBe(true);
    expect((await client.getBlob(to, mount)).body.equals(bytes)).toBe(true);
  });

  check("U14: the parameters of a mount may come unescaped, as containerd sends them", async () => {
    const { client, random } = target();
    const [from, to] = [newRepository(target()), newRepository(target())];
    const mount = await client.pushBlob(from, random.bytes(1000));
    const answer = await client.send(
      "POST",
      `/v2/${to}/blobs/uploads/?mount=${mount}&from=${from}`,
    );
    expectEmpty(answer, 201);
  });

  check("U14: a mounted blob stays when the one it came from is deleted", async () => {
    const { client, random } = target();
    const [from, to] = [newRepository(target()), newRepository(target())];
    const bytes = random.bytes(1000);
    const mount = await client.pushBlob(from, bytes);
    await client.send("POST", withQuery(`/v2/${to}/blobs/uploads/`, { mount, from }));
    expect((await client.delete(blobPath(from, mount))).status).toBe(202);
    expect((await client.getBlob(to, mount)).body.equals(bytes)).toBe(true);
  });

  check(
    "U15: a mount that names no repository finds the blob wherever it may be read",
    async () => {
      const { client, random } = target();
      const bytes = random.bytes(1000);
      const mount = await client.pushBlob(newRepository(target()), bytes);
      const to = newRepository(target());
      const answer = await client.send("POST", withQuery(`/v2/${to}/blobs/uploads/`, { mount }));
      expectEmpty(answer, 201);
      expect((await client.getBlob(to, mount)).body.equals(bytes)).toBe(true);
    },
  );

  for (const [title, query] of [
    ["a blob nobody has", { mount: digestOf(Buffer.from("nobody")), from: "conformance/none" }],
    ["a blob nobody has, from nowhere", { mount: digestOf(Buffer.from("nobody")) }],
    ["a malformed digest", { mount: "sha256:baddigeststring", from: "conformance/none" }],
    ["a malformed repository", { mount: digestOf(Buffer.from("nobody")), from: "../Etc" }],
  ] as const) {
    check(`U16: a mount of ${title} opens an upload session instead`, async () => {
      const { client, random } = target();
      const repository = newRepository(target());
      const path = withQuery(`/v2/${repository}/blobs/uploads/`, query);
      const answer = await client.send("POST", path);
      expectEmpty(answer, 202);
      const bytes = random.bytes(100);
      const put = await client.finishUpload(locationOf(answer), digestOf(bytes), { body: bytes });
      expectEmpty(put, 201);
    });
  }

  check("U16: a mount from a repository that lacks the blob opens an upload session", async () => {
    const { client, random } = target();
    const [empty, to] = [newRepository(target()), newRepository(target())];
    const mount = await client.pushBlob(newRepository(target()), random.bytes(100));
    await client.pushBlob(empty, random.bytes(100));
    const path = withQuery(`/v2/${to}/blobs/uploads/`, { mount, from: empty });
    expectEmpty(await client.send("POST", path), 202);
    expectEmpty(await client.headBlob(to, mount), 404);
  });
}

function describeAlgorithms({ check, target }: Suite): void {
  check("U17: a sha512 digest known only when the upload is closed is enough", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const bytes = random.bytes(3000);
    const digest = digestOf(bytes, "sha512");
    let location = await client.startUpload(repository);
    for (const start of [0, 1000, 2000]) {
      const patched = await client.patch(location, bytes.subarray(start, start + 1000), {
        "content-range": `${start}-${start + 999}`,
      });
      location = locationOf(patched);
    }
    const answer = await client.finishUpload(location, digest);
    expectEmpty(answer, 201);
    expect(answer.headers["docker-content-digest"]).toBe(digest);
    const blob = await client.getBlob(repository, digest);
    expect(blob.body.equals(bytes)).toBe(true);
    expect(blob.headers["docker-content-digest"]).toBe(digest);
  });

  check("U17: digest-algorithm=sha512 announces what the upload will be closed with", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const bytes = random.bytes(1000);
    const location = await client.startUpload(repository, "?digest-algorithm=sha512");
    const patched = await client.patch(location, bytes);
    const digest = digestOf(bytes, "sha512");
    expectEmpty(await client.finishUpload(locationOf(patched), digest), 201);
  });

  check("U17: an announced algorithm may still turn out to be the other one", async () => {
    const { client, random } = target();
    const repository = newRepository(target());
    const bytes = random.bytes(1000);
    const location = await client.startUpload(repository, "?digest-algorithm=sha512");
    const patched = await client.patch(location, bytes);
    expectEmpty(await client.finishUpload(locationOf(patched), digestOf(bytes)), 201);
  });

  check("U17: an algorithm the registry does not know is refused", async () => {
    const path = `/v2/${newRepository(target())}/blobs/uploads/?digest-algorithm=md5`;
    const answer = await target().client.send("POST", path);
    expectRefusal(answer, { status: 400, code: "DIGEST_INVALID" });
  });
}
