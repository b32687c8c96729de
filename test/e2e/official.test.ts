import { execFile } from "node:child_process";
import { copyFile, mkdir, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { ensureBuildUser } from "../harness/build-user.ts";
import {
  findBarriers,
  logInBrowser,
  startChromium,
  type Visit,
  visit,
} from "../harness/chromium.ts";
import { openDocker, openSkopeo } from "../harness/clients.ts";
import { callerOf, done, ROOT, SENTENCE } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { buildImage, type Image, writeOciLayout } from "../harness/images.ts";
import { writeTar } from "../harness/tar.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const run = promisify(execFile);
const ENV = {
  BERTH_ACCESS_MODE: "accounts",
  BERTH_ADMIN_PASSWORD: ROOT.password,
  BERTH_BUILDS_BUILDER: "buildah",
  BERTH_SCANNING_ENABLED: "true",
};
const PATH = "/api/v1/official";
/** Of ELF: neither amd64 nor arm64. */
const EM_RISCV = 243;

const stack = new AsyncDisposableStack();
let hub: HubProcess;
let commit: string;
/** What lies in the sources as OCI layouts. */
let layouts: Readonly<Record<"amd64" | "riscv64", Image>>;
const root = (line: string, body?: unknown) => callerOf(hub.url, ROOT)(line, body);
const as = (name: string) => callerOf(hub.url, { name, password: SENTENCE });

beforeAll(async () => {
  await ensureBuildUser();
  const home = stack.use(await makeTempDirectory("official"));
  const folder = join(home.path, "source");
  await mkdir(folder);
  hub = await HubProcess.start({ dataDirectory: join(home.path, "data"), env: ENV });
  stack.defer(() => hub[Symbol.asyncDispose]());
  for (const name of ["ann", "bob", "carl", "dora", "emil"])
    await done(root("POST /api/v1/users", { name, password: SENTENCE }));
  await done(as("ann")("POST /api/v1/repositories", { name: "ann/hello" }));
  await copyFile("/bin/busybox", join(folder, "busybox"));
  const lines = [
    "FROM scratch",
    "COPY busybox /bin/busybox",
    'RUN ["/bin/busybox", "--install", "-s", "/bin"]',
    'CMD ["echo", "made for all"]',
  ];
  await writeFile(join(folder, "Dockerfile"), `${lines.join("\n")}\n`);
  // A program for another kind of machine, which needs none to be copied.
  await mkdir(join(folder, "copied"));
  const program = await readFile("/bin/busybox");
  program.writeUInt16LE(EM_RISCV, 18);
  await writeFile(join(folder, "copied", "busybox"), program, { mode: 0o755 });
  const copied = ["FROM scratch", "COPY busybox /bin/busybox", 'CMD ["/bin/busybox", "true"]'];
  await writeFile(join(folder, "copied", "Dockerfile"), `${copied.join("\n")}\n`);
  await writeFile(
    join(folder, "copied", "RunDockerfile"),
    `${copied[0]}\n${copied[1]}\nRUN ["/bin/busybox"]\n`,
  );
  layouts = await writeLayouts(folder, { amd64: await readFile("/bin/busybox"), riscv64: program });
  const git = async (...args: string[]) =>
    await run("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.c", ...args]);
  await git("init", "--quiet");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "one");
  const url = `http://ann:${encodeURIComponent(SENTENCE)}@${hub.host}/git/ann/hello.git`;
  await git("push", "--quiet", url, "HEAD:refs/heads/master");
  commit = (await git("rev-parse", "HEAD")).stdout.trim();
}, 60_000);

afterAll(() => stack.disposeAsync());

/** One below `layouts` for each architecture; the layer is a link, as in the layouts of Debian and BusyBox. */
async function writeLayouts(
  folder: string,
  programs: { readonly amd64: Buffer; readonly riscv64: Buffer },
): Promise<typeof layouts> {
  const imageOf = (architecture: "amd64" | "riscv64") => {
    const files = ["busybox", "sh", "echo", "date"].map((name) => `bin/${name}`);
    const tar = writeTar(files.map((name) => ({ name, content: programs[architecture] })));
    return buildImage({ layers: [tar], platform: { os: "linux", architecture }, history: true });
  };
  const images = { amd64: imageOf("amd64"), riscv64: imageOf("riscv64") };
  for (const [architecture, image] of Object.entries(images)) {
    const place = join(folder, "layouts", architecture);
    await mkdir(place, { recursive: true });
    await writeOciLayout(place, "1", image);
    const [layer] = image.layers.map(({ digest }) =>
      join(place, "blobs", digest.replace(":", "/")),
    );
    await rename(layer ?? "", join(place, "rootfs.tar.gz"));
    await symlink("../../rootfs.tar.gz", layer ?? "");
  }
  return images;
}

function submission(change: Readonly<Record<string, unknown>> = {}, entries = ["Tags: 1, latest"]) {
  const fields = ["Maintainers: Ann (@ann)", `GitRepo: ${hub.url}/git/ann/hello.git`];
  return {
    name: "hello",
    definition: [...fields, `GitCommit: ${commit}`, "", ...entries, ""].join("\n"),
    documents: {
      "README-short.txt": "Says hello",
      "content.md": "# What is hello?\n\nIt is.\n\n# How to use it\n\n`docker run hello`\n",
      "license.md": "[MIT](https://example.com/LICENSE)",
      "maintainer.md": "[Ann](https://example.com/ann)",
      "github-repo": "https://example.com/hello",
    },
    ...change,
  };
}

async function checked(id: number) {
  const states = new Set(["submitted", "checking"]);
  await expect
    .poll(async () => states.has((await root(`GET ${PATH}/submissions/${id}`)).body.state), {
      timeout: 90_000,
    })
    .toBe(false);
  return (await root(`GET ${PATH}/submissions/${id}`)).body;
}

async function approve(ready: {
  readonly id: number;
  readonly digest: string;
  readonly unanswered: readonly number[];
}) {
  const one = `${PATH}/submissions/${ready.id}`;
  for (const name of ["dora", "emil"]) {
    await done(root(`PUT ${PATH}/reviewers/${name}`));
    for (const check of ready.unanswered)
      await done(as(name)(`POST ${one}/notes`, { check, text: "it is a test" }));
    await done(as(name)(`POST ${one}/reviews`, { verdict: "approve", digest: ready.digest }));
  }
}

async function open(chromium: Browser, path: string, name: string): Promise<Visit> {
  const password = name === ROOT.name ? ROOT.password : SENTENCE;
  const visitor = await visit(chromium, hub.url);
  await logInBrowser(visitor, hub.url, { name, password });
  await visitor.page.goto(path);
  return visitor;
}

/** A reviewer reads what changes, answers a warning and approves. */
async function reviewInPage(chromium: Browser, id: number, warning: number): Promise<void> {
  await using visitor = await open(chromium, `/official/${id}`, "carl");
  const { page } = visitor;
  await page.getByRole("button", { name: "Compare with what is published" }).click();
  await page.getByText("+FROM scratch").waitFor();
  const answer = page.getByRole("form", { name: `Answer warning ${warning}` });
  await answer.getByRole("textbox").fill("it is a test");
  await answer.getByRole("button").click();
  await page.getByText("carl: it is a test").waitFor();
  await page.getByRole("button", { name: "Give a review" }).click();
  await page.getByText("2 of 2 approvals").waitFor();
  await expect(findBarriers(page)).resolves.toEqual([]);
  expect(visitor.failures).toEqual([]);
}

/** An administrator publishes, and finds the image among those that are published. */
async function publishInPage(chromium: Browser, id: number): Promise<void> {
  await using visitor = await open(chromium, "/official", ROOT.name);
  const { page } = visitor;
  await page.getByText("Nothing is published yet").waitFor();
  await page.getByRole("link", { name: `Submission ${id}: hello` }).click();
  await page.getByRole("button", { name: "Publish hello" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Publish" }).click();
  await page.getByText("published", { exact: true }).waitFor();
  await page.getByRole("main").getByRole("link", { name: "Official images" }).click();
  await page.getByRole("region", { name: "Published images" }).getByRole("link").waitFor();
  await expect(findBarriers(page)).resolves.toEqual([]);
  expect(visitor.failures).toEqual([]);
}

test("from a submission to docker pull, with a refusal at each gate", async () => {
  const [ann, bob, carl] = [as("ann"), as("bob"), as("carl")];
  const statusOf = async (answer: Promise<{ status: number }>) => (await answer).status;
  await done(root(`PUT ${PATH}/reviewers/bob`));
  await done(root(`PUT ${PATH}/reviewers/ann`));
  // What fails an error is not for reviewers.
  const bad = (await ann(`POST ${PATH}/submissions`, submission({ documents: {} }))).body;
  const refused = await checked(bad.id);
  expect(refused).toMatchObject({ state: "changes requested", why: "it fails the checks 44" });

  const { id } = (await ann(`POST ${PATH}/submissions`, submission())).body;
  const one = `${PATH}/submissions/${id}`;
  const ready = await checked(id);
  expect(ready).toMatchObject({
    state: "ready",
    isNew: true,
    approvalsNeeded: 2,
    commits: [commit],
  });
  const stateOf = (number: number) =>
    ready.checks.find((check: { number: number }) => check.number === number).state;
  expect([29, 31, 32, 34, 36, 37].map(stateOf)).toEqual([
    ...["passed", "passed", "passed"],
    ...["passed", "passed", "passed"],
  ]);
  // Nobody else sees it, or where it lies.
  expect(await statusOf(carl(`GET ${one}`))).toBe(404);
  expect(await statusOf(carl(`GET /api/v1/repositories/review/${id}`))).toBe(404);
  expect((await bob(`GET ${one}/diff`)).body.text).toContain("+FROM scratch");

  const approve = { verdict: "approve", digest: ready.digest };
  expect(await statusOf(root(`POST ${one}/publish`))).toBe(409);
  expect(await statusOf(ann(`POST ${one}/reviews`, approve))).toBe(403);
  expect(await statusOf(carl(`POST ${one}/reviews`, approve))).toBe(404);
  const other = { ...approve, digest: `sha256:${"0".repeat(64)}` };
  expect(await statusOf(bob(`POST ${one}/reviews`, other))).toBe(409);
  expect((await done(bob(`POST ${one}/reviews`, approve))).body).toMatchObject({ approvals: 1 });
  expect(await statusOf(root(`POST ${one}/publish`))).toBe(409);
  await done(root(`PUT ${PATH}/reviewers/carl`));
  await using chromium = await startChromium();
  await reviewInPage(chromium, id, ready.unanswered[0]);
  expect((await root(`POST ${one}/publish`)).status).toBe(409);
  for (const check of ready.unanswered.slice(1))
    await done(bob(`POST ${one}/notes`, { check, text: "it is a test" }));
  expect((await bob(`GET ${one}`)).body).toMatchObject({ state: "staged", unanswered: [] });
  expect(await statusOf(bob(`POST ${one}/publish`))).toBe(403);
  await publishInPage(chromium, id);

  // What the hub says of it came together with it, and a policy that asks for it lets it through.
  const type = "https://slsa.dev/provenance/v1";
  const claims = async () =>
    (await done(root("GET /api/v1/provenance/library/hello?reference=latest"))).body.claims;
  const slsa = { predicateType: type, state: "verified" };
  await expect.poll(claims, { timeout: 15_000 }).toContainEqual(expect.objectContaining(slsa));
  expect(JSON.stringify(await claims())).toContain(commit);
  const rules = { attestations: [{ type, anyOf: [{ key: "berth-builds" }] }] };
  const policy = "/api/v1/pull-policies?scope=library/hello&name=ours";
  await done(root(`PUT ${policy}`, { rules, mode: "enforce" }));
  await using docker = await openDocker(inject("dockerSocket"));
  expect(await docker.run("run", "--rm", `${hub.host}/hello`)).toContain("made for all");
  const page = (await callerOf(hub.url)("GET /api/v1/catalog/repositories/library/hello")).body;
  expect(page).toMatchObject({ isOfficial: true, description: "Says hello" });
  const [image] = ready.images;
  const bills = async () =>
    (await root(`GET /v2/library/hello/referrers/${image.digest}`)).body.manifests.filter(
      (one: { artifactType: string }) => one.artifactType === "application/vnd.cyclonedx+json",
    );
  await expect.poll(bills, { timeout: 30_000 }).toHaveLength(1);
  const shown = (await ann(`GET ${PATH}/images/hello`)).body;
  expect(shown).toMatchObject({ badge: "official", tags: ["1", "latest"] });
  await done(root(`PUT ${PATH}/images/hello/status`, { status: "deprecated", reason: "old" }));
  await docker.run("pull", `${hub.host}/hello:1`);
  const old = (await callerOf(hub.url)("GET /api/v1/catalog/repositories/library/hello")).body;
  expect(old).toMatchObject({
    isOfficial: false,
    official: { status: "deprecated", reason: "old" },
  });
  // Whoever may push there publishes nothing that the hub vouches for.
  await docker.run("login", "--username", ROOT.name, "--password", ROOT.password, hub.host);
  await docker.run("tag", `${hub.host}/hello`, `${hub.host}/library/pushed`);
  await docker.run("push", `${hub.host}/library/pushed`);
  const pushed = (await root("GET /api/v1/catalog/repositories/library/pushed")).body;
  expect(pushed).toMatchObject({ isOfficial: false });
  const { results } = (await root("GET /v1/search?q=pushed")).body;
  expect(results).toMatchObject([{ name: "pushed", is_official: false }]);
  const audit = JSON.stringify((await root("GET /api/v1/audit?limit=100")).body);
  for (const deed of ["submit", "review", "note", "publish", "image.status", "reviewer.add"])
    expect(audit).toContain(`official.${deed}`);
}, 300_000);

test("several architectures are one index for each tag, and what is not run here never passed", async () => {
  const entries = [
    ...["Tags: 2-own", "SharedTags: 2", "Architectures: amd64", ""],
    ...["Tags: 2-copied", "SharedTags: 2", "Architectures: riscv64, s390x, windows-amd64"],
    ...["Directory: copied", "s390x-File: RunDockerfile"],
  ];
  const many = submission({ name: "many" }, entries);
  const { id } = (await done(as("ann")(`POST ${PATH}/submissions`, many))).body;
  const ready = await checked(id);
  expect(ready).toMatchObject({ state: "ready" });
  const [own, copied] = ready.images;
  expect([own, copied]).toMatchObject([
    { architecture: "amd64", tags: ["2-own", "2"] },
    { architecture: "riscv64", tags: ["2-copied", "2"] },
  ]);
  const images = [own.digest, copied.digest];
  expect(ready.indexes).toEqual([{ tags: ["2"], digest: expect.any(String), images }]);
  const details = (number: number) =>
    ready.checks.find((check: { number: number }) => check.number === number).details.join("\n");
  expect(details(29)).toMatch(
    /2-copied \(s390x\): .*cannot run programs for linux\/s390x.*\n.*\(windows-amd64\): nothing/,
  );
  for (const number of [34, 36, 37])
    expect(details(number)).toMatch(/^2-copied \(riscv64\): .*cannot run programs/);
  const stateOf = (number: number) =>
    ready.checks.find((check: { number: number }) => check.number === number).state;
  expect([29, 32, 34, 36, 37].map(stateOf)).toEqual(Array.from({ length: 5 }, () => "not run"));

  const one = `${PATH}/submissions/${id}`;
  await approve(ready);
  await using chromium = await startChromium();
  await using visitor = await open(chromium, `/official/${id}`, "dora");
  const [index] = ready.indexes;
  const name = new RegExp(`^2 amd64, riscv64 +${index.digest}$`);
  await visitor.page.getByRole("row", { name }).waitFor();
  await done(root(`POST ${one}/publish`));
  // Whoever has it open sees that somebody else published it.
  await visitor.page.getByText("published", { exact: true }).waitFor();
  const manifestOf = async (tag: string) => {
    const { body } = await root(`GET /v2/library/many/manifests/${tag}`);
    return body;
  };
  expect(await manifestOf("2")).toMatchObject({
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [
      { digest: own.digest, platform: { os: "linux", architecture: "amd64" } },
      { digest: copied.digest, platform: { os: "linux", architecture: "riscv64" } },
    ],
  });
  const { digest: subject } = index;
  const claims = async () =>
    (await done(root(`GET /api/v1/provenance/library/many?reference=${subject}`))).body.claims;
  const type = "https://slsa.dev/provenance/v1";
  const slsa = { subject, predicateType: type, state: "verified" };
  await expect.poll(claims, { timeout: 15_000 }).toContainEqual(expect.objectContaining(slsa));
  const rules = { attestations: [{ type, anyOf: [{ key: "berth-builds" }] }] };
  const policy = "/api/v1/pull-policies?scope=library/many&name=ours";
  await done(root(`PUT ${policy}`, { rules, mode: "enforce" }));
  expect(await manifestOf("2-copied")).toEqual(await manifestOf(copied.digest));
  await using docker = await openDocker(inject("dockerSocket"));
  expect(await docker.run("run", "--rm", `${hub.host}/many:2`)).toContain("made for all");
}, 120_000);

test("an OCI layout is imported as it is, and published under the digest that it has there", async () => {
  const imported = ["Tags: 3", "Builder: oci-import", "File: index.json"];
  const submit = async (...lines: string[]) => {
    const wish = submission({ name: "imported" }, [...imported, ...lines]);
    const { id } = (await done(as("ann")(`POST ${PATH}/submissions`, wish))).body;
    return await checked(id);
  };
  const found = (ready: Awaited<ReturnType<typeof checked>>, number: number) =>
    ready.checks.find((check: { number: number }) => check.number === number);
  const bad = await submit("Architectures: s390x", "Directory: layouts/riscv64");
  expect(bad).toMatchObject({ state: "changes requested", images: [] });
  expect(found(bad, 29)).toMatchObject({
    state: "failed",
    details: [
      "3: the OCI layout is not imported: its configuration is for linux/riscv64, and the entry for linux/s390x",
    ],
  });

  const places = ["amd64-Directory: layouts/amd64", "riscv64-Directory: layouts/riscv64"];
  const ready = await submit("Architectures: amd64, riscv64", ...places);
  const { amd64, riscv64 } = layouts;
  expect(ready).toMatchObject({
    state: "ready",
    images: [
      { architecture: "amd64", digest: amd64.manifest.digest },
      { architecture: "riscv64", digest: riscv64.manifest.digest },
    ],
  });
  expect(found(ready, 29)).toMatchObject({ state: "passed" });
  expect(found(ready, 30).details[0]).toContain("is not built here");
  // The image of this machine was run, and the other was not.
  for (const number of [31, 36]) {
    const { state, details } = found(ready, number);
    expect([state, details]).toEqual(["not run", [expect.stringMatching(/^3 \(riscv64\): /)]]);
  }
  const { text } = (await done(as("ann")(`GET ${PATH}/submissions/${ready.id}/diff`))).body;
  expect(text).toContain(`blobs/${amd64.config.digest.replace(":", "/")}`);
  await approve(ready);
  await done(root(`POST ${PATH}/submissions/${ready.id}/publish`));
  await using skopeo = await openSkopeo(hub.host);
  for (const [architecture, { manifest }] of Object.entries(layouts)) {
    const back = `${skopeo.home}/${architecture}`;
    const from = `docker://${hub.host}/library/imported:3`;
    await skopeo.run("--override-arch", architecture, "copy", from, `dir:${back}`);
    expect(await skopeo.run("manifest-digest", `${back}/manifest.json`)).toBe(manifest.digest);
  }
  const { claims } = (
    await done(root(`GET /api/v1/provenance/library/imported?reference=${amd64.manifest.digest}`))
  ).body;
  expect(claims).toContainEqual(
    expect.objectContaining({ predicateType: "https://slsa.dev/provenance/v1", state: "verified" }),
  );
  expect(JSON.stringify(claims)).toContain(commit);
}, 120_000);
