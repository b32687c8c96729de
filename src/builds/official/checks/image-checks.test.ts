import { expect, test } from "vitest";
import { NotRun, runChecks } from "./check.ts";
import { IMAGE_CHECKS } from "./image-checks.ts";
import type { ImageSubject } from "./image-subject.ts";

const GOOD: ImageSubject = {
  builds: [{ architecture: "amd64", failure: undefined }],
  rebuilt: { differing: [] },
  config: {
    entrypoint: ["docker-entrypoint.sh"],
    command: ["app"],
    labels: Object.fromEntries(
      ["source", "revision", "version", "licenses"].map((name) => [
        `org.opencontainers.image.${name}`,
        "x",
      ]),
    ),
  },
  isSingleBinary: false,
  echo: { exitCode: 0, output: "hi\n" },
  shell: { exitCode: 0, output: "" },
  zone: { exitCode: 0, output: "UTC\n" },
  passwd: "root:x:0:0:root:/root:/bin/sh\nnobody:*:65534:65534::/:/bin/false\n",
  shadow: "root:*:19000:0:99999:7:::\napp:!:19000::::::\n",
  stop: { ms: 120 },
  start: { failure: undefined },
  listeners: [{ process: "app", uid: 1000 }],
  efficiency: 0.99,
  hiddenBytes: 1024,
  bytes: 1_050_000,
  bytesBefore: 1_000_000,
  vulnerabilities: [
    { id: "CVE-1", severity: "critical", package: "a", isFixable: false },
    { id: "CVE-2", severity: "medium", package: "b", isFixable: true },
  ],
  setuid: [{ path: "/bin/su", isFromBase: true }],
  packages: [{ name: "a", type: "deb", licences: ["GPL-3.0-only"] }],
  attached: ["application/spdx+json", "application/vnd.in-toto+json"],
};

async function failuresOf(change: Partial<ImageSubject>): Promise<string[]> {
  const subject = { ...GOOD, ...change };
  const results = await runChecks(IMAGE_CHECKS, [{ name: "", subject }]);
  return results.flatMap(({ state, number, severity }) =>
    state === "failed" ? [`${number} ${severity}`] : [],
  );
}

test("an image that does everything right passes each of the fifteen", async () => {
  const results = await runChecks(IMAGE_CHECKS, [{ name: "", subject: GOOD }]);
  expect(results.map(({ number }) => number)).toEqual(Array.from({ length: 15 }, (_, i) => 29 + i));
  expect(results.filter(({ state }) => state !== "passed")).toEqual([]);
});

const bare = { config: { ...GOOD.config, labels: {} } };
const shell = { config: { ...GOOD.config, command: ["/bin/sh", "-c", "app"] } };
const nothing = { config: { ...GOOD.config, command: [], entrypoint: [] } };

test.each<[string, Partial<ImageSubject>]>([
  ["29 error", { builds: [{ architecture: "amd64", failure: "it ended with 1" }] }],
  ["30 warning", { rebuilt: { differing: ["/var/log/dpkg.log"] } }],
  ["31 error", { echo: { exitCode: 0, output: "usage: app" } }],
  ["31 error", { shell: { exitCode: 127, output: "" } }],
  ["32 error", { shadow: "root::19000:0:99999:7:::\n" }],
  ["32 error", { shadow: "root:$6$abc$def:19000:0:99999:7:::\n" }],
  ["32 error", { passwd: "root::0:0:root:/root:/bin/sh\n" }],
  ["33 warning", { zone: { exitCode: 0, output: "CET\n" } }],
  ["34 warning", { stop: { ms: undefined } }],
  ["34 warning", { stop: { ms: 10_400 } }],
  ["35 warning", shell],
  ["35 warning", nothing],
  ["36 error", { start: { failure: "mount: permission denied" } }],
  ["37 warning", { listeners: [{ process: "app", uid: 0 }] }],
  ["38 warning", { efficiency: 0.94 }],
  ["38 warning", { hiddenBytes: 21 * 1024 * 1024 }],
  [
    "39 error",
    { vulnerabilities: [{ id: "CVE-1", severity: "critical", package: "a", isFixable: true }] },
  ],
  [
    "39 warning",
    { vulnerabilities: [{ id: "CVE-1", severity: "high", package: "a", isFixable: true }] },
  ],
  ["40 warning", { setuid: [{ path: "/usr/bin/sudo", isFromBase: false }] }],
  ["41 advice", { attached: [] }],
  ["41 advice", bare],
  ["42 warning", { bytes: 1_110_000 }],
  ["43 error", { packages: [{ name: "a", type: "deb", licences: ["Proprietary"] }] }],
])("%s: %j, and nothing else", async (expected, change) => {
  expect(await failuresOf(change)).toEqual([expected]);
});

test("what could not be run here is neither passed nor failed", async () => {
  const why = new NotRun("no container can be run on this instance");
  const ran = { echo: why, zone: why, passwd: why, shadow: why };
  const change = { ...ran, stop: why, start: why, listeners: why, rebuilt: why };
  const subject = { ...GOOD, ...change, vulnerabilities: why };
  const results = await runChecks(IMAGE_CHECKS, [{ name: "1.2", subject }]);
  const unseen = results.filter(({ state }) => state === "not run");
  expect(unseen.map(({ number }) => number)).toEqual([30, 31, 32, 33, 34, 36, 37, 39]);
  expect(unseen[0]?.details).toEqual(["1.2: no container can be run on this instance"]);
  expect(results.filter(({ state }) => state === "failed")).toEqual([]);
  const elsewhere = [{ architecture: "s390x", failure: undefined, notHere: "no builder for it" }];
  const [first] = await runChecks(IMAGE_CHECKS, [
    { name: "", subject: { ...GOOD, builds: elsewhere } },
  ]);
  expect(first).toMatchObject({ number: 29, state: "not run" });
});

test("an image of a single program needs no shell", async () => {
  const failed = { exitCode: 1, output: "" };
  const change = { isSingleBinary: true, echo: failed, shell: failed, zone: failed };
  expect(await failuresOf(change)).toEqual([]);
});
