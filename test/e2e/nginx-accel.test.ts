import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { openDocker } from "../harness/clients.ts";
import { digestOf, randomContext } from "../harness/images.ts";
import { type Answer, Nginx } from "../harness/nginx.ts";
import { stageForThisFile } from "./stage.ts";

const ALICE = { name: "alice", password: "secret" };
const authorization = `Basic ${Buffer.from("alice:secret").toString("base64")}`;
const bytes = randomBytes(300_000);
const stage = stageForThisFile({
  users: [ALICE],
  env: { BERTH_HTTP_ACCEL_REDIRECT: "/berth-blobs/" },
});
let accel: Nginx;
let blob: string;

beforeAll(async () => {
  accel = await Nginx.start({
    example: "berth-accel.conf",
    hub: stage.hub.host,
    dataDirectory: stage.hub.dataDirectory,
  });
  blob = `/v2/accel/app/blobs/${digestOf(bytes)}`;
  const headers = { authorization };
  const post = await accel.ask("/v2/accel/app/blobs/uploads/", { method: "POST", headers });
  await accel.ask(`${post.headers.location}?digest=${digestOf(bytes)}`, {
    ...{ method: "PUT", headers },
    body: bytes,
  });
});
afterAll(() => accel[Symbol.asyncDispose]());

/** Asks under a query of its own, by which the log entry is found. */
async function askLogged(path: string, headers: Record<string, string>) {
  const mark = `mark=${randomBytes(6).toString("hex")}`;
  const answer = await accel.ask(`${path}?${mark}`, { headers });
  return { answer, entry: await accel.logged(new RegExp(mark)) };
}

function expectOnlyNginxHeaders(answer: Answer): void {
  const told = Object.keys(answer.headers).filter((name) => name.startsWith("x-accel"));
  expect(told).toEqual([]);
}

test("nginx sends the bytes after the hub allowed it", async () => {
  const { answer, entry } = await askLogged(blob, { authorization });

  expect(answer.status).toBe(200);
  expect(answer.body).toEqual(bytes);
  expect(answer.headers["docker-content-digest"]).toBe(digestOf(bytes));
  expect(answer.headers.etag).toBe(`"${digestOf(bytes)}"`);
  expect(answer.headers["content-type"]).toBe("application/octet-stream");
  expectOnlyNginxHeaders(answer);
  expect(entry.bytesSent).toBe(bytes.length);
  expect(entry.upstreamBytes).toBeLessThan(2_000);
});

test("nginx sends a part of the bytes", async () => {
  const { answer, entry } = await askLogged(blob, { authorization, range: "bytes=250000-" });

  expect(answer.status).toBe(206);
  expect(answer.headers["content-range"]).toBe("bytes 250000-299999/300000");
  expect(answer.body).toEqual(bytes.subarray(250_000));
  expect(entry.upstreamBytes).toBeLessThan(2_000);
});

test("HEAD and conditional requests are answered as without nginx", async () => {
  const head = await accel.ask(blob, { method: "HEAD", headers: { authorization } });
  const same = await accel.ask(blob, {
    headers: { authorization, "if-none-match": `"${digestOf(bytes)}"` },
  });

  expect(head.headers["content-length"]).toBe(String(bytes.length));
  expect(head.headers["docker-content-digest"]).toBe(digestOf(bytes));
  expect([head.status, same.status]).toEqual([200, 304]);
});

test("a stranger gets 401 and not a byte of the blob", async () => {
  const { answer, entry } = await askLogged(blob, {});

  expect(answer.status).toBe(401);
  expect(answer.headers["www-authenticate"]).toMatch(/^Basic realm=/);
  expect(entry.bytesSent).toBeLessThan(1_000);
});

test("the place of the files does not exist for clients, whoever they are", async () => {
  const [algorithm, hex = ""] = digestOf(bytes).split(":");
  const place = `/berth-blobs/docker/registry/v2/blobs/${algorithm}/${hex.slice(0, 2)}/${hex}/data`;

  const answer = await accel.ask(place, { headers: { authorization } });

  expect(answer.status).toBe(404);
});

test("docker pulls an image whose layers nginx sends", async () => {
  await using docker = await openDocker(inject("dockerSocket"));
  await docker.login(accel.host, ALICE);
  const image = `${accel.host}/accel/image:1`;
  await docker.feed(randomContext(1, 50_000), "build", "--quiet", "--tag", image, "-");
  await docker.run("push", image);
  await docker.run("rmi", image);

  expect(await docker.run("pull", image)).toContain("Downloaded newer image");
  const entry = await accel.logged(/GET \/v2\/accel\/image\/blobs\/.*"bytesSent":"5\d{4}"/);
  expect(entry.upstreamBytes).toBeLessThan(2_000);
});
