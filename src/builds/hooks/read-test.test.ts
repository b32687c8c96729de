import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readTest } from "./read-test.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "read-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(text: string) {
  await writeFile(join(folder, "docker-compose.test.yml"), text);
  const variables = { IMAGE_NAME: "hub.example/acme/api:v1", DOCKER_TAG: "v1" };
  return await readTest(folder, "docker-compose.test.yml", { dockerfile: "Dockerfile", variables });
}

test.each([
  ["sut:\n  build: .\n  command: run_tests.sh", { command: ["run_tests.sh"] }],
  [
    `services:\n  sut:\n    image: $IMAGE_NAME\n    command: sh -c 'test "$$A" = \${DOCKER_TAG}'`,
    { command: ["sh", "-c", 'test "$A" = v1'] },
  ],
  [
    "services: {sut: {build: {context: ., dockerfile: Dockerfile}, command: [a, b c]}}",
    { command: ["a", "b c"] },
  ],
  [
    "sut:\n  build: .\n  entrypoint: /test\n  environment: [A=1, DOCKER_TAG]\n  user: 1000\n  working_dir: /app",
    {
      entrypoint: ["/test"],
      environment: { A: "1", DOCKER_TAG: "v1" },
      user: "1000",
      workingDirectory: "/app",
    },
  ],
  [
    `sut:\n  build: ./\n  depends_on: []\n  environment:\n    N: 5\n    E: \${NONE:-x}\n    T: true`,
    { environment: { N: "5", E: "x", T: "true" } },
  ],
  ["sut:\n  build: .\ndb:\n  image: postgres", { command: undefined }],
])("a test of one image is read: %j", async (text, expected) => {
  expect(await read(text)).toMatchObject(expected);
});

test.each([
  ["web:\n  build: .", "no service sut"],
  ["- a", "no service sut"],
  ["sut:\n  build: .\n  depends_on: [db]", "needs other services"],
  ["sut:\n  build: .\n  depends_on: {db: {condition: service_started}}", "needs other services"],
  ["sut:\n  build: .\n  links: [db]", '"links" of sut is not supported'],
  ["sut:\n  build: .\n  privileged: true", '"privileged" of sut is not supported'],
  ["sut:\n  build: .\n  volumes: [/:/host]", '"volumes" of sut is not supported'],
  ["sut:\n  build: .\n  network_mode: host", '"network_mode" of sut is not supported'],
  ["sut:\n  build: .\n  devices: [/dev/sda]", '"devices" of sut is not supported'],
  ["sut:\n  build: .\n  pid: host", '"pid" of sut is not supported'],
  ["sut:\n  build: ./tests", "built of something else"],
  ["sut:\n  build: {context: ., dockerfile: Dockerfile.test}", "built of something else"],
  ["sut:\n  image: busybox", "another image"],
  ["sut:\n  command: x", "another image"],
  ['sut:\n  build: .\n  command: "a \'b"', "has no end"],
  ['sut:\n  build: .\n  environment: {A: "x\\nRUN y"}', "on one line"],
  ['sut:\n  build: .\n  user: "x\\nRUN y"', "on one line"],
  ["sut: {build: .", "docker-compose.test.yml"],
  ["a: &a [x, x]\nb: &b [*a, *a]\nsut:\n  build: [*b]", '"build" of sut cannot be read'],
])("what one image cannot do is refused by name: %j", async (text, why) => {
  await expect(read(text)).rejects.toThrow(why);
});

test("a link out of the repository is not read", async () => {
  await expect(
    readTest(folder, "../passwd", { dockerfile: "Dockerfile", variables: {} }),
  ).rejects.toThrow(/no \.\.\/passwd|leads out/);
});
