import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BuildJob } from "../../src/builds/builder/builder.ts";
import { openBuilder } from "../../src/builds/builder/open-builder.ts";
import { runChecks } from "../../src/builds/official/checks/check.ts";
import { IMAGE_CHECKS } from "../../src/builds/official/checks/image-checks.ts";
import type { ImageSubject } from "../../src/builds/official/checks/image-subject.ts";
import { runImage } from "../../src/builds/official/staging/run-image.ts";
import { ensureBuildUser } from "../harness/build-user.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const MIB = 1024 * 1024;
const LIMITS = {
  ...{ memoryBytes: 256 * MIB, cpus: 2, processes: 300, diskBytes: 100 * MIB },
  ...{ wallMs: 90_000, idleMs: 90_000, logBytes: MIB },
};
const RUN_CHECKS = IMAGE_CHECKS.filter(({ number }) => [34, 36, 37].includes(number));
const signal = new AbortController().signal;

const stack = new AsyncDisposableStack();
let home: string;
let count = 0;

beforeAll(async () => {
  await ensureBuildUser();
  home = stack.use(await makeTempDirectory("official-run")).path;
});

afterAll(() => stack.disposeAsync());

/** What the three checks say of an image of busybox, run by that builder. */
async function check(
  { lines, command }: { readonly lines?: readonly string[]; readonly command: readonly string[] },
  watches = true,
) {
  count += 1;
  const [source, work] = [join(home, `source-${count}`), join(home, `work-${count}`)];
  for (const folder of [source, work]) await mkdir(folder);
  await copyFile("/bin/busybox", join(source, "busybox"));
  const file = ["FROM scratch", "COPY busybox /bin/busybox", "COPY busybox /bin/sh"];
  await writeFile(join(source, "Dockerfile"), [...file, ...(lines ?? []), ""].join("\n"));
  const builder = openBuilder("buildah", { data: home, ...NO_PLACE });
  const job: BuildJob = {
    ...{ source, work, context: ".", dockerfile: "Dockerfile", target: undefined, args: {} },
    ...{ secrets: [], platforms: [], bases: [], cache: undefined, network: "none", limits: LIMITS },
  };
  const { images } = await builder.build(job, () => undefined, signal);
  const [image] = images;
  if (image === undefined) throw new Error("nothing was built");
  const ran = await runImage({
    ...{ builder: { ...builder, watches }, job, image, signal, platform: "linux/amd64" },
    program: { command, stopSignal: undefined },
  });
  const subject = ran as unknown as ImageSubject;
  const results = await runChecks(RUN_CHECKS, [{ name: "", subject }]);
  return Object.fromEntries(
    results.map(({ number, state, details }) => [number, { state, details }]),
  );
}

const NO_PLACE = { address: undefined, tls: undefined };
const PASSED = { state: "passed", details: [] };
const sh = (script: string) => ["/bin/sh", "-c", script];
const served = (after = "") =>
  `/bin/busybox httpd -p 8080 -f & trap 'kill $!; exit 0' TERM; ${after}wait`;

test("a server that is nobody's root, ends when asked and needs no rights passes all three", async () => {
  const found = await check({ lines: ["USER 1000"], command: sh(served()) });
  expect(found).toEqual({ 34: PASSED, 36: PASSED, 37: PASSED });
}, 120_000);

test("a program that does not end when it is asked to fails 34 alone, and is killed", async () => {
  const found = await check({
    command: sh("trap '' TERM; while :; do /bin/busybox sleep 1; done"),
  });
  expect(found).toEqual({
    34: { state: "failed", details: ["it still ran 10 seconds after SIGTERM"] },
    ...{ 36: PASSED, 37: PASSED },
  });
}, 120_000);

test("a program that needs more rights fails 36", async () => {
  const found = await check({ command: sh("/bin/busybox mount -t tmpfs none /bin && sleep 60") });
  expect(found[36]).toMatchObject({ state: "failed" });
  expect(found[36]?.details[0]).toMatch(/^it ended with 1: .*(?:denied|permitted)/);
  expect([found[34]?.state, found[37]?.state]).toEqual(["not run", "not run"]);
}, 120_000);

test("a server that is root fails 37 alone", async () => {
  const found = await check({ command: sh(served()) });
  expect(found).toEqual({
    ...{ 34: PASSED, 36: PASSED },
    37: { state: "failed", details: ["busybox listens as root"] },
  });
}, 120_000);

test("what cannot be looked at is never said to have passed", async () => {
  const ended = await check({ command: sh("exit 3") });
  const why = "it ended with 3 by itself, before it could be looked at";
  const notRun = (detail: string) => ({ state: "not run", details: [detail] });
  expect(ended).toEqual({ 34: notRun(why), 36: notRun(why), 37: notRun(why) });
  const blind = await check({ command: sh("exit 0") }, false);
  expect(blind[34]?.details[0]).toContain("runs no containers that can be watched");
  expect(new Set(Object.values(blind).map(({ state }) => state))).toEqual(new Set(["not run"]));
}, 120_000);
