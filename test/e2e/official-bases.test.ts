import { execFile } from "node:child_process";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { importFeeds } from "../../src/advisories/index.ts";
import { ensureBuildUser } from "../harness/build-user.ts";
import { openDocker } from "../harness/clients.ts";
import { findFreePort } from "../harness/free-port.ts";
import { callerOf, done, ROOT, SENTENCE } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { startMailServer } from "../harness/mail-server.ts";
import { BOOKWORM, installed, NGINX, tracker } from "../harness/scanning-hub.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const run = promisify(execFile);
const PATH = "/api/v1/official";
const REVIEWERS = ["bob", "carl"];
const BASE = [
  "FROM scratch",
  "COPY busybox /bin/busybox",
  'RUN ["/bin/busybox", "--install", "-s", "/bin"]',
  "COPY text /text",
  "COPY os-release /etc/os-release",
  "COPY status /var/lib/dpkg/status",
  'CMD ["cat", "/text"]',
];
const OVER = ["FROM under:1", "RUN cp /text /made", 'CMD ["cat", "/made"]'];

const stack = new AsyncDisposableStack();
let hub: HubProcess;
let home: string;
let mail: Awaited<ReturnType<typeof startMailServer>>;
const root = (line: string, body?: unknown) => callerOf(hub.url, ROOT)(line, body);
const as = (name: string) => callerOf(hub.url, { name, password: SENTENCE });

beforeAll(async () => {
  await ensureBuildUser();
  home = stack.use(await makeTempDirectory("official-bases")).path;
  const host = `127.0.0.1:${await findFreePort()}`;
  mail = stack.use(await startMailServer());
  hub = await HubProcess.start({
    dataDirectory: join(home, "data"),
    env: {
      ...{ BERTH_ACCESS_MODE: "accounts", BERTH_ADMIN_PASSWORD: ROOT.password },
      BERTH_SCANNING_ENABLED: "true",
      ...{ BERTH_MAIL_HOST: "127.0.0.1", BERTH_MAIL_PORT: String(mail.port) },
      ...{ BERTH_MAIL_SECURITY: "none", BERTH_MAIL_FROM: "Berth <hub@example.com>" },
      ...{ BERTH_BUILDS_BUILDER: "buildah", BERTH_BUILDS_BASE_DELAY: "0" },
      ...{ BERTH_LISTEN: host, BERTH_URL: `http://${host}` },
    },
  });
  stack.defer(() => hub[Symbol.asyncDispose]());
  for (const name of ["ann", "dora", ...REVIEWERS])
    await done(root("POST /api/v1/users", { name, password: SENTENCE, ...addressOf(name) }));
  for (const name of REVIEWERS) await done(root(`PUT ${PATH}/reviewers/${name}`));
  for (const name of ["under", "over", "app"])
    await done(as("ann")("POST /api/v1/repositories", { name: `ann/${name}` }));
}, 60_000);

afterAll(() => stack.disposeAsync());

/** dora is named by definitions without having submitted any; nobody has the address of a stranger. */
const addressOf = (name: string) =>
  name === "ann" || name === "dora" ? { email: `${name}@example.com` } : {};
const MAINTAINERS = [
  "Maintainers: Ann (@ann),",
  " Dora <dora@example.com> (@dora),",
  " Stranger <stranger@example.com> (@stranger)",
];

/** The commit that was pushed as `ann/NAME`; nginx is there in that version. */
async function push(
  name: string,
  lines: readonly string[],
  { text = "", version = "1.22.1-9" },
): Promise<string> {
  const folder = join(home, name);
  await mkdir(folder, { recursive: true });
  await copyFile("/bin/busybox", join(folder, "busybox"));
  await writeFile(join(folder, "text"), text);
  await writeFile(join(folder, "os-release"), BOOKWORM.content ?? "");
  await writeFile(join(folder, "status"), installed(["nginx", version]).content ?? "");
  await writeFile(join(folder, "Dockerfile"), `${lines.join("\n")}\n`);
  const git = async (...args: string[]) =>
    await run("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.c", ...args]);
  await git("init", "--quiet");
  await git("add", "--all");
  await git("commit", "--quiet", "--allow-empty", "--message", "one");
  const url = `http://ann:${encodeURIComponent(SENTENCE)}@${hub.host}/git/ann/${name}.git`;
  await git("push", "--quiet", "--force", url, "HEAD:refs/heads/master");
  return (await git("rev-parse", "HEAD")).stdout.trim();
}

async function submit(name: string, commit: string): Promise<number> {
  const fields = [...MAINTAINERS, `GitRepo: ${hub.url}/git/ann/${name}.git`];
  const wish = {
    name,
    definition: [...fields, `GitCommit: ${commit}`, "", "Tags: 1, latest", ""].join("\n"),
    documents: {
      "README-short.txt": "Says something",
      "content.md": `# What is ${name}?\n\nIt is.\n\n# How to use it\n\n\`docker run ${name}\`\n`,
      "license.md": "[MIT](https://example.com/LICENSE)",
      "maintainer.md": "[Ann](https://example.com/ann)",
      "github-repo": "https://example.com/x",
    },
  };
  return (await done(as("ann")(`POST ${PATH}/submissions`, wish))).body.id;
}

async function checked(id: number) {
  const one = `${PATH}/submissions/${id}`;
  const show = async () => (await done(root(`GET ${one}`))).body;
  await expect
    .poll(async () => (await show()).state, { timeout: 60_000, interval: 200 })
    .not.toMatch(/submitted|checking/);
  const ready = await show();
  const failed = ready.checks.filter((check: { state: string }) => check.state === "failed");
  expect(ready.state, JSON.stringify(failed)).toBe("ready");
  return ready;
}

/** Once its checks are done: with an answer to each warning, the word of each reviewer, and publication. */
async function publish(id: number): Promise<void> {
  const one = `${PATH}/submissions/${id}`;
  const ready = await checked(id);
  for (const check of ready.unanswered)
    await done(as("bob")(`POST ${one}/notes`, { check, text: "it is a test" }));
  for (const name of REVIEWERS)
    await done(as(name)(`POST ${one}/reviews`, { verdict: "approve", digest: ready.digest }));
  await done(root(`POST ${one}/publish`));
}

async function importAdvisories(): Promise<void> {
  const directory = join(home, "data", "advisories");
  await mkdir(directory, { recursive: true });
  const path = join(home, "tracker.json");
  await writeFile(path, JSON.stringify(tracker(NGINX, (id) => id)));
  await importFeeds({ directory, path, clock: () => new Date() });
}

const attentionOf = async (name: string) =>
  (await done(root(`GET ${PATH}/images/${name}`))).body.attention as { id: string }[];
const submissionsOf = async (name: string) =>
  (await done(root(`GET ${PATH}/submissions?name=${name}`))).body.items as { id: number }[];

test("an official image on another, and what somebody builds on it, are built anew once each and in order", async () => {
  const ann = as("ann");
  const first = await submit("under", await push("under", BASE, { text: "first" }));
  await checked(first);
  // Who reviews may pull it, whenever that was said; who does not any more may not.
  const seen = async () => (await as("dora")(`GET /api/v1/repositories/review/${first}`)).status;
  expect(await seen()).toBe(404);
  await done(root(`PUT ${PATH}/reviewers/dora`));
  expect(await seen()).toBe(200);
  await done(root(`DELETE ${PATH}/reviewers/dora`));
  expect(await seen()).toBe(404);
  await publish(first);
  // The base is this hub's own: builds themselves pull nothing.
  await publish(await submit("over", await push("over", OVER, {})));
  const rule = { sourceType: "branch", source: "master", dockerTag: "latest" };
  await done(ann("PUT /api/v1/build-rules/ann/app", { rules: [rule] }));
  const lines = [`FROM ${hub.host}/library/over:1`, "RUN cp /made /mine", 'CMD ["cat", "/mine"]'];
  await push("app", lines, {});
  const builds = async () => (await done(ann("GET /api/v1/builds/of/ann/app"))).body.items;
  const soon = { timeout: 60_000, interval: 200 };
  await expect.poll(builds, soon).toMatchObject([{ state: "succeeded" }]);

  await importAdvisories();
  const found = { id: "CVE-2023-44487", package: "nginx", fixedVersion: "1.22.1-9+deb12u1" };
  for (const name of ["under", "over"])
    await expect.poll(() => attentionOf(name), soon).toMatchObject([found]);
  expect(JSON.stringify((await root("GET /api/v1/audit?limit=100")).body)).toContain(
    "official.attention",
  );
  for (const to of ["ann@example.com", "dora@example.com"])
    for (const n of [1, 2]) {
      const { headers, text } = await mail.receive(to, n);
      expect(headers.subject).toMatch(/^library\/(?:under|over) at .* needs a rebuild$/);
      expect(text).toMatch(/CVE-2023-44487 \(\w+\): nginx, mended by 1\.22\.1-9\+deb12u1/);
    }
  expect(mail.mails).toHaveLength(4);
  const before = (await submissionsOf("over")).length;
  const mended = await push("under", BASE, { text: "second", version: found.fixedVersion });
  await publish(await submit("under", mended));
  expect(await attentionOf("under")).toEqual([]);
  await expect.poll(async () => (await submissionsOf("over")).length, soon).toBe(before + 1);
  expect(await builds()).toHaveLength(1);
  const [rebuild] = await submissionsOf("over");
  if (rebuild === undefined) throw new Error("it was not submitted anew");
  expect(rebuild).toMatchObject({ security: true });
  await publish(rebuild.id);
  expect(await attentionOf("over")).toEqual([]);
  await expect
    .poll(builds, soon)
    .toMatchObject([{ reason: "base", state: "succeeded" }, { reason: "push" }]);
  expect(await submissionsOf("over")).toHaveLength(before + 1);
  // What was built of it lies in the library alone, and what was said of it stays.
  const show = async () => (await done(root(`GET ${PATH}/submissions/${first}`))).body;
  await expect.poll(async () => (await show()).stage, soon).toBeUndefined();
  expect(await show()).toMatchObject({ state: "published", reviews: [{}, {}] });
  expect((await root(`GET /api/v1/repositories/review/${first}`)).status).toBe(404);
  await using docker = await openDocker(inject("dockerSocket"));
  await docker.run("login", "--username", ROOT.name, "--password", ROOT.password, hub.host);
  expect(await docker.run("run", "--rm", `${hub.host}/ann/app`)).toBe("second");
}, 240_000);
