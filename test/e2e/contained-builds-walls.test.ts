import { execFile, spawn } from "node:child_process";
import { access, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBuilder } from "../../src/builds/builder/open-builder.ts";
import type { RepositoryId } from "../../src/repositories/index.ts";
import {
  BASE,
  type ContainedBuilds,
  LIMITS,
  MIB,
  openContainedBuilds,
  sh,
} from "../harness/contained-builds.ts";
import { PROGRAM, PROGRAM_ENVIRONMENT } from "../harness/program.ts";

const run = promisify(execFile);
const SLEEP = "/bin/busybox sleep 77.31";

let builds: ContainedBuilds;
let home: string;
let build: ContainedBuilds["build"];

beforeAll(async () => {
  builds = await openContainedBuilds();
  ({ home, build } = builds);
});

afterAll(() => builds[Symbol.asyncDispose]());

async function listGroups(): Promise<string[]> {
  const controllers = ["memory", "pids", "cpu", "."];
  const all = await Promise.all(
    controllers.map((one) => readdir(join("/sys/fs/cgroup", one, "berth-builds")).catch(() => [])),
  );
  return all.flat().filter((name) => name.includes("-"));
}

async function listProcesses(part: string): Promise<string[]> {
  const { stdout } = await run("ps", ["-eo", "args"]);
  return stdout.split("\n").filter((line) => line.includes(part) && !line.startsWith("node"));
}

/** Each with its number and its beginning, which together are nobody else's. */
async function identify(part: string): Promise<string[]> {
  const { stdout } = await run("ps", ["-eo", "pid,lstart,args"]);
  const lines = stdout.split("\n").map((line) => line.trim());
  return lines.filter((line) => line.includes(part) && !/ node /.test(line));
}

/** Nothing of a build is left in the machine. Builds of other tests run beside it: what is theirs is over in a while. */
async function expectNothingLeft(marker: string): Promise<void> {
  const listAll = async () => [
    ...(await identify(marker)),
    ...(await identify("slirp4netns --configure")),
    ...(await listGroups()),
  ];
  const found = await listAll();
  const listLeft = async () => {
    const now = new Set(await listAll());
    return found.filter((one) => now.has(one));
  };
  await expect.poll(listLeft, { timeout: 90_000, interval: 200 }).toEqual([]);
  expect(await readFile("/proc/self/mountinfo", "utf8")).not.toContain(home);
}

test("no hostile Dockerfile sees or harms the machine", async () => {
  const canary = join(home, "canary");
  await writeFile(canary, "do not read me");
  await using other = await startCanaries();
  const { error, log } = await build([
    ...["FROM scratch AS e", "COPY busybox /bin/busybox", sh("/bin/busybox ln -s / /x")],
    ...BASE,
    // CVE-2024-1753: a link in a stage leads to the root of what builds.
    sh(
      [
        "b=/bin/busybox",
        `$b ls -R /mnt/tmp /mnt/root /mnt/home /mnt/data /mnt/mnt /mnt/old 2>&1 | $b head -c 20000`,
        `$b cat /mnt${canary} /mnt/proc/1/environ /mnt/etc/shadow 2>&1`,
        "for f in /mnt/usr/x /mnt/source/x /mnt/in/x /mnt/bin/x; do $b touch $f && echo wrote $f; done",
        "$b ls /mnt/proc | $b grep -c '^[0-9]'",
        "for d in memory pids cpu unified .; do echo 0 > /mnt/sys/fs/cgroup/$d/cgroup.procs && echo joined; done",
        "echo -1 > /proc/sys/kernel/pid_max && echo changed",
        "$b mknod /sda b 8 0 && echo made a device",
        "$b mount -t tmpfs x /mnt && echo mounted",
        "$b unshare -rn true && echo unshared",
      ].join("; "),
      "--mount=type=bind,from=e,source=/x,target=/mnt ",
    ),
    sh(
      [
        `kill -9 -1; kill -9 ${other.pid}`,
        "echo ended: $(/bin/busybox ps | /bin/busybox wc -l)",
      ].join("; "),
    ),
    sh(
      [
        ...[
          "10.0.2.2",
          "127.0.0.1",
          "169.254.169.254",
          "192.168.0.1",
          "172.17.0.1",
          "100.64.0.1",
        ].map(
          (address) =>
            `echo hello | /bin/busybox nc -w 1 ${address} ${other.port} && echo reached ${address}`,
        ),
        "/bin/busybox ip route add 10.9.0.0/16 dev lo && echo routed",
        "echo over",
      ].join("; "),
    ),
  ]);
  expect(error, log).toBeUndefined();
  expect(log).toContain("over");
  const shown = log.replaceAll(/^.*STEP .*$/gm, "");
  expect(shown).not.toMatch(
    /do not read me|wrote |joined|changed|made a device|mounted|routed|reached/,
  );
  expect(shown).not.toMatch(/BERTH|berth-builds|root:\$|\.ssh/);
  expect(other.visits()).toBe(0);
  await access(canary);
  expect(await listProcesses(other.marker)).toHaveLength(1);
  await expectNothingLeft("busybox");
}, 120_000);

test("nobody builds on another's store, files, programs or caches", async () => {
  const secret = [...BASE, sh("echo mine > /secret", "--mount=type=cache,id=../../x,target=/c ")];
  expect((await build(secret, { dockerfileText: undefined })).log).not.toContain(home);
  for (const from of [
    "dir:/source",
    "docker-daemon:x:latest",
    "oci-archive:/store/x",
    "localhost/berth-build:0",
  ]) {
    const { error } = await build([`FROM ${from}`, "COPY busybox /"], {
      cache: { repository: 2 as RepositoryId, isTrusted: true },
    });
    expect(error, from).toMatchObject({ name: "BuildFailed" });
  }
  const escaped = await build(
    [
      ...["FROM scratch AS e", "COPY busybox /bin/busybox", sh("/bin/busybox ln -s / /x")],
      ...BASE,
      sh(
        "/bin/busybox find /mnt/store /mnt/image -name secret",
        "--mount=type=bind,from=e,source=/x,target=/mnt ",
      ),
    ],
    { cache: { repository: 3 as RepositoryId, isTrusted: true } },
  );
  expect(escaped.error, escaped.log).toBeUndefined();
  expect(escaped.log).not.toMatch(/diff\/secret/);
}, 120_000);

const TOO_MUCH = [
  {
    what: "memory",
    script: "/bin/busybox dd if=/dev/zero of=/dev/null bs=400M count=1",
    why: /memory/,
    limits: { memoryBytes: 128 * MIB },
  },
  {
    what: "processes",
    script: "i=0; while [ $i -lt 400 ]; do /bin/busybox sleep 60 & i=$((i+1)); done; wait",
    why: /processes at once/,
    limits: {},
  },
  {
    what: "disk",
    script: "/bin/busybox dd if=/dev/zero of=/big bs=1M count=4000",
    why: /of the disk/,
    limits: {},
  },
  {
    what: "log",
    script: `/bin/busybox yes ${"y".repeat(500)}`,
    why: /printed more/,
    limits: {},
  },
  { what: "time", script: SLEEP, why: /took longer/, limits: { wallMs: 5000 } },
  { what: "silence", script: SLEEP, why: /printed nothing/, limits: { idleMs: 4000 } },
];

test.each(TOO_MUCH)(
  "a build that takes too much is ended: $what",
  async ({ script, why, limits }) => {
    const { error, log } = await build([...BASE, sh(script)], { limits: { ...LIMITS, ...limits } });
    expect(error?.message).toMatch(why);
    expect(log.length).toBeLessThan(1.1 * MIB);
    await expectNothingLeft("busybox");
  },
  120_000,
);

test("nothing is left of a build that was cancelled, and the next one begins", async () => {
  const stop = new AbortController();
  const ended = build([...BASE, sh("/bin/busybox sleep 86399.55")], { stop });
  await expect.poll(() => listProcesses("sleep 86399.55"), { timeout: 30_000 }).toHaveLength(1);
  stop.abort(new Error("cancelled"));
  expect((await ended).error?.message).toBe("cancelled");
  await expectNothingLeft("busybox");
  expect((await build([...BASE, sh("true")])).error).toBeUndefined();
}, 120_000);

test("no build reaches the machine by its own addresses, nor by one that an administrator denies", async () => {
  await using other = await startCanaries();
  // As the public address that a router has for a machine: it answers to it, and has no device with it.
  const routed = "203.0.113.77";
  await run("ip", ["route", "replace", "local", `${routed}/32`, "dev", "lo"]);
  await using _route = {
    [Symbol.asyncDispose]: async () => {
      await run("ip", ["route", "del", "local", `${routed}/32`, "dev", "lo"]);
    },
  };
  const own = Object.values(networkInterfaces()).flatMap((found) =>
    (found ?? []).filter(({ family, internal }) => family === "IPv4" && !internal),
  );
  const addresses = [...own.map(({ address }) => address), routed];
  const tries = addresses.map(
    (address) =>
      `</dev/null /bin/busybox nc -w 2 ${address} ${other.port} && echo reached ${address}`,
  );
  const lines = [...BASE, sh([...tries, "echo over"].join("; "))];
  const reachedOf = async (denied: readonly string[]) => {
    const place = { address: undefined, tls: undefined };
    const { log, error } = await build(lines, {
      ...{ by: openBuilder("buildah", { ...place, data: builds.data, denied }), cache: undefined },
    });
    expect(error, log).toBeUndefined();
    expect(log).toMatch(/^over$/m);
    return [...log.matchAll(/^reached (\S+)$/gm)].map(([, address]) => address);
  };
  expect(own).not.toEqual([]);
  expect(await reachedOf([])).toEqual([routed]);
  expect(await reachedOf(["203.0.113.0/24", "2001:db8::/32"])).toEqual([]);
}, 120_000);

/** A process and a service of the machine, which must survive. */
async function startCanaries() {
  const marker = "86399.77";
  const child = spawn("sleep", [marker], { stdio: "ignore" });
  let visits = 0;
  const server = createServer((socket) => {
    visits += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    ...{ marker, port, pid: child.pid, visits: () => visits },
    async [Symbol.asyncDispose]() {
      child.kill();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("the doctor tries out the networks that a configuration denies, and says where none are denied", async () => {
  const examine = async (setting: string, ...words: readonly string[]) => {
    const config = join(home, "berth.yml");
    await writeFile(config, `builds: ${setting}\n`);
    const typed = [PROGRAM, "builder", "doctor", "--config", config, ...words];
    const env = { PATH: process.env.PATH, HOME: home, ...PROGRAM_ENVIRONMENT };
    return await run(process.execPath, typed, { env }).then(
      ({ stdout }) => ({ code: 0, stdout, stderr: "" }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  };
  const held = await examine("{ builder: buildah, network: { deny: 198.51.100.0/24 } }");
  expect(held, held.stdout).toMatchObject({ code: 0 });
  expect(held.stdout).toContain("nothing of this machine is reached, nor 198.51.100.0/24");
  const nobody = ["--builder", "docker", "--address", `unix://${home}/nobody`];
  const other = await examine("{ builder: docker, network: { deny: 203.0.113.7 } }", ...nobody);
  expect(other, other.stdout).toMatchObject({ code: 1 });
  expect(other.stdout).toContain(
    "missing builds.network.deny: builds.builder: docker does not deny them here",
  );
  const wrong = await examine("{ network: { deny: 198.51.100.0/33 } }");
  expect(wrong).toMatchObject({ code: 2, stdout: "" });
  expect(wrong.stderr).toContain("builds.network.deny");
  const typed = await examine("{}", "--deny-network", "everything");
  expect(typed).toMatchObject({ code: 2 });
  expect(typed.stderr).toContain("--deny-network takes addresses and networks");
}, 60_000);
