import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { Client } from "../harness/client.ts";
import { openDocker } from "../harness/clients.ts";
import { type Clone, makeClone, PROJECT, plainEnvironment } from "../harness/clone.ts";
import { run } from "../harness/command.ts";
import { DockerRegistry } from "../harness/docker-registry.ts";
import { buildImage, randomContext } from "../harness/images.ts";
import { readReadmeCommands } from "../harness/readme.ts";
import { RegistryClient } from "../harness/registry-client.ts";
import { Service } from "../harness/service.ts";

/** Installing takes about a minute on two quiet cores. */
const PATIENCE_MS = 400_000;
const READMES_HOST = "127.0.0.1:5000";

let commands: ReadonlyMap<string, readonly string[]>;
let clone: Clone;
let docker: Client;

beforeAll(async () => {
  commands = await readReadmeCommands();
  clone = await makeClone();
  docker = await openDocker(inject("dockerSocket"));
});
afterAll(async () => {
  await docker[Symbol.asyncDispose]();
  await clone[Symbol.asyncDispose]();
});

function blocksUnder(heading: string): readonly string[] {
  const blocks = commands.get(heading);
  if (blocks === undefined) throw new Error(`README.md has no heading "${heading}"`);
  return blocks;
}

/** Types lines into a shell in the clone, as a person would who reads the README. */
async function typeIn(lines: string): Promise<string> {
  const finished = await run("sh", ["-euc", lines], {
    cwd: clone.path,
    env: { ...plainEnvironment(), ...docker.environment },
    timeoutMs: PATIENCE_MS,
  });
  return finished.output;
}

test("from a fresh clone, the README's lines start a hub, push, pull and look", {
  timeout: PATIENCE_MS,
}, async () => {
  const [start = "", ...others] = blocksUnder("Start");
  expect(start).toBe("npm start\n");
  await using hub = new Service({
    command: "sh",
    args: ["-euc", start],
    cwd: clone.path,
    env: { ...plainEnvironment(), BERTH_LISTEN: "127.0.0.1:0" },
  });
  const [, host = ""] = await hub.waitForLog(/http:\/\/(127\.0\.0\.1:\d+)/, PATIENCE_MS);
  await docker.feed(randomContext(), "build", "--quiet", "--tag", "my-app", "-");

  const said: string[] = [];
  const [, password = ""] = /the password "([^"]+)"/.exec(hub.log) ?? [];
  for (const block of others) said.push(await typeIn(answering(block, host, password)));

  expect(said[0]).toContain("1.0: digest: sha256:");
  expect(said[1]).toContain('{"repositories":["team/my-app"]}');
  expect(said[1]).toContain('{"name":"team/my-app","tags":["1.0"]}');
});

/** The lines for this hub, with the password where they would ask for it. */
function answering(block: string, host: string, password: string): string {
  return block
    .replaceAll(READMES_HOST, host)
    .replace("docker login ", `printf %s '${password}' | docker login --password-stdin `)
    .replaceAll("--user admin ", `--user 'admin:${password}' `);
}

// How long that takes is measured by `npm run bench -- --only start`.
test("a hub that is started again installs and builds nothing", { timeout: 60_000 }, async () => {
  const built = await stat(join(clone.path, "dist/.built"));
  await using hub = new Service({
    command: "npm",
    args: ["start"],
    cwd: clone.path,
    env: { ...plainEnvironment(), BERTH_LISTEN: "127.0.0.1:0" },
  });
  await hub.waitForLog(/http:\/\/127\.0\.0\.1:\d+/);
  expect(hub.log).not.toMatch(/^berth: (?:installing|building|waiting)/m);
  expect((await stat(join(clone.path, "dist/.built"))).ino).toBe(built.ino);
});

test("the README's line makes a file of users that lets its user in", async () => {
  const [block = ""] = blocksUnder("Let others in");
  await typeIn(block);
  await using hub = new Service({
    command: `${clone.path}/bin/berth`,
    args: ["serve"],
    cwd: clone.path,
    env: {
      ...plainEnvironment(),
      BERTH_LISTEN: "127.0.0.1:0",
      BERTH_ACCESS_MODE: "htpasswd",
      BERTH_ACCESS_HTPASSWD_PATH: "users",
    },
  });
  const [, host = ""] = await hub.waitForLog(/http:\/\/(127\.0\.0\.1:\d+)/);
  await docker.login(host, { name: "alice", password: "correct-horse-battery" });
  await docker.loginRefused(host, { name: "alice", password: "wrong" });
});

test("the README's line adopts a directory that docker-registry wrote", async () => {
  await using registry = await DockerRegistry.start();
  await using client = new RegistryClient(registry.url);
  await client.push("team/app", "1", buildImage());
  await registry.stop();
  const block = blocksUnder("Coming from registry:2").at(-1) ?? "";
  const said = await typeIn(block.replace("/var/lib/registry", registry.dataDirectory));
  expect(said).toContain("adopted 1 repositories: 1 tags");
});

test("the README lists the commands that --help prints, and no others", async () => {
  const [block = ""] = blocksUnder("Commands");
  const help = await typeIn(block);
  const printed = [...help.matchAll(/^ {2}([a-z-]+)(?: \[\w+\]| <\w+>)* {2,}/gm)].map(
    ([, name]) => name,
  );
  const text = await readFile(join(PROJECT, "README.md"), "utf8");
  // What belongs together may share a row: `berth sign-up`, `confirm`.
  const rows = [...text.matchAll(/^\| `berth (.*?) \|/gm)].map(([, row = ""]) =>
    row.split("`, `").map((words) => words.split(/[ `]/, 1)[0] ?? ""),
  );
  const commands = printed.filter((name = "") => name !== "help" && !name.startsWith("-"));
  expect(commands.filter((name = "") => !rows.flat().includes(name))).toEqual([]);
  expect(rows.map(([first]) => first).filter((name) => !commands.includes(name))).toEqual([]);
});
