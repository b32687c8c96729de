import { execFile } from "node:child_process";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  countPolicyReports,
  findBarriers,
  logInBrowser,
  startChromium,
  type Visit,
  visit,
} from "../harness/chromium.ts";
import { callerOf, done, ROOT } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const run = promisify(execFile);
const stack = new AsyncDisposableStack();
const EVIL = `<img src=x onerror=window.hacked=1>`;
const WAIT = { timeout: 60_000 };
let hub: HubProcess;
let started: { readonly dataDirectory: string; readonly env: Readonly<Record<string, string>> };
let chromium: Awaited<ReturnType<typeof startChromium>>;
let folder: string;

beforeAll(async () => {
  const home = stack.use(await makeTempDirectory("web-builds"));
  folder = join(home.path, "source");
  await mkdir(folder);
  await copyFile("/bin/busybox", join(folder, "busybox"));
  const env = {
    BERTH_ACCESS_MODE: "accounts",
    BERTH_ADMIN_PASSWORD: ROOT.password,
    BERTH_BUILDS_BUILDER: "buildah-trusted",
    BERTH_BUILDS_GIT_ALLOW: "127.0.0.0/8",
  };
  started = { dataDirectory: join(home.path, "data"), env };
  [hub, chromium] = await Promise.all([HubProcess.start(started), startChromium()]);
  stack.defer(() => hub[Symbol.asyncDispose]());
  stack.defer(() => chromium.close());
  const root = callerOf(hub.url, ROOT);
  await done(root("POST /api/v1/organizations", { name: "acme" }));
  await done(root("POST /api/v1/repositories", { name: "acme/app" }));
  await git("init", "--quiet", "--initial-branch", "main");
});

afterAll(() => stack.disposeAsync());

async function git(...args: string[]): Promise<void> {
  const env = { ...process.env, GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_GLOBAL: "/dev/null" };
  await run("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.c", ...args], { env });
}

/** Pushes a Dockerfile whose only step runs this in a shell. */
async function push(branch: string, command: string): Promise<void> {
  const step = JSON.stringify(["/bin/busybox", "sh", "-c", command]);
  const lines = ["FROM scratch", "COPY busybox /bin/busybox", `RUN ${step}`];
  await writeFile(join(folder, "Dockerfile"), `${lines.join("\n")}\n`);
  await git("add", "--all");
  await git("commit", "--quiet", "--allow-empty", "--message", branch);
  const password = encodeURIComponent(ROOT.password);
  const url = `http://${ROOT.name}:${password}@${hub.host}/git/acme/app.git`;
  await git("push", "--quiet", "--force", url, `HEAD:refs/heads/${branch}`);
}

/** As after a crash; pages find it where it was. */
async function restart(): Promise<void> {
  const { host } = hub;
  await hub.stop("SIGKILL");
  await hub[Symbol.asyncDispose]();
  hub = await HubProcess.start({ ...started, env: { ...started.env, BERTH_LISTEN: host } });
}

async function visitAsRoot(): Promise<Visit> {
  const visitor = await visit(chromium, hub.url);
  await logInBrowser(visitor, hub.url, ROOT);
  return visitor;
}

async function confirm(page: Visit["page"], deed: string): Promise<void> {
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: deed, exact: true }).press("Enter");
}

test("rules are written in a page, a push is built in front of it, and its log leads to the image", async () => {
  await using visitor = await visitAsRoot();
  const { page } = visitor;
  await page.goto("/r/acme/app");
  await page.getByRole("link", { name: "Builds", exact: true }).click();
  await page.getByText(/git push http.*\/git\/acme\/app\.git main/).waitFor();
  await page.getByRole("button", { name: "Change them" }).click();
  await page.getByRole("button", { name: "Add a rule" }).click();
  await page.getByRole("textbox", { name: "Source" }).fill("/(/");
  await page.getByRole("textbox", { name: "Docker tags" }).fill("{sourceref}");
  await page.getByRole("button", { name: "Save the rules" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByRole("textbox", { name: "Source" }).fill("/.*/");
  await page.getByRole("button", { name: "Save the rules" }).click();
  await page.getByText("branch:/.*/={sourceref}").waitFor();
  await push("main", `echo '${EVIL}'; echo made`);
  // As a proxy answers whose hub is away: a browser gives the stream up.
  const log = /\/api\/v1\/builds\/1\/log$/;
  await page.route(log, (route) => route.fulfill({ status: 502, body: "away" }), { times: 1 });
  await page.getByRole("link", { name: "Build 1" }).click();
  await page.getByRole("log").getByText(EVIL).waitFor(WAIT);
  await page.getByText("succeeded", { exact: true }).waitFor(WAIT);
  await page.getByText("The log ends here.").waitFor();
  await page.getByRole("link", { name: /^sha256:[0-9a-f]{12}$/ }).click();
  await page.getByRole("heading", { level: 1 }).waitFor();
  expect(page.url()).toContain("/image/acme/app");
  expect(await page.evaluate("window.hacked")).toBeUndefined();
  expect(visitor.failures).toEqual([]);
});

test("what a branch would become is tried, and triggers, secrets and a Git server are kept in the page", async () => {
  await using visitor = await visitAsRoot();
  const { page } = visitor;
  const root = callerOf(hub.url, ROOT);
  await page.goto("/builds/acme/app");
  const preview = page.getByRole("region", { name: "Try a branch or tag" });
  await preview.getByRole("textbox").fill("refs/heads/next");
  await preview.getByRole("button", { name: "Try" }).press("Enter");
  await preview.getByText("Rule 1 builds it as next.").waitFor();
  const triggers = page.getByRole("region", { name: "Triggers", exact: true }).first();
  await triggers.getByLabel("What it is for").fill(`nightly ${EVIL}`);
  await page.keyboard.press("Enter");
  await triggers.getByText(/curl -X POST http\S+\/trigger\/\S+\/call\//).waitFor();
  const secrets = page.getByRole("region", { name: "Secrets", exact: true }).first();
  await secrets.getByLabel("Name").fill("NPM");
  await secrets.getByLabel("Value").fill("hidden");
  await page.keyboard.press("Enter");
  await secrets.getByRole("cell", { name: "NPM", exact: true }).waitFor();
  expect((await root("GET /api/v1/build-triggers/of/acme/app")).body.items).toHaveLength(1);
  await secrets.getByRole("button", { name: "Remove NPM" }).press("Enter");
  await confirm(page, "Remove");
  await secrets.getByRole("cell", { name: "NPM", exact: true }).waitFor({ state: "detached" });
  await done(root("POST /api/v1/repositories", { name: "acme/mirror" }));
  await page.goto("/builds/acme/mirror");
  const other = await page.context().newPage();
  await other.goto("/builds/acme/mirror");
  const elsewhere = other.getByRole("region", { name: "Git server", exact: true });
  await elsewhere.getByLabel("Address").waitFor();
  const source = page.getByRole("region", { name: "Git server", exact: true });
  await source.getByLabel("Address").fill("https://127.0.0.1:9443/acme/mirror.git");
  await source.getByRole("button", { name: "Build from another Git server" }).press("Enter");
  await source.getByText("The secret of the webhook is shown this once").waitFor();
  await source.getByText(/\/hooks\/git\//).waitFor();
  // Whoever has it open sees what is added, what became of reading it, and that it is taken away.
  await elsewhere.getByText("https://127.0.0.1:9443/acme/mirror.git (GitHub)").waitFor();
  await elsewhere.getByText("It could not be read").waitFor();
  await page.reload();
  await source.getByText("https://127.0.0.1:9443/acme/mirror.git (GitHub)").waitFor();
  expect(await source.getByText("The secret of the webhook is shown this once").count()).toBe(0);
  expect(await findBarriers(page)).toEqual([]);
  await source.getByRole("button", { name: "Build from it no more" }).press("Enter");
  await confirm(page, "Build from it no more");
  await source.getByLabel("Address").waitFor();
  await elsewhere.getByLabel("Address").waitFor();
  expect(await page.evaluate("window.hacked")).toBeUndefined();
  expect(visitor.failures).toEqual([]);
});

test("an agent is added in the administration, its token shown once, and taken away", async () => {
  await using visitor = await visitAsRoot();
  const { page } = visitor;
  await page.goto("/admin?tab=agents");
  const panel = page.getByRole("region", { name: "Build agents", exact: true }).first();
  await panel.getByLabel("Name").fill("arm-1");
  await page.keyboard.press("Enter");
  await panel.getByText(/^berth_agent_\S{20,}$/).waitFor();
  await panel.getByRole("row", { name: /arm-1 admin/ }).waitFor();
  expect(await findBarriers(page)).toEqual([]);
  await panel.getByRole("button", { name: "Remove arm-1" }).press("Enter");
  await confirm(page, "Remove");
  await panel.getByRole("row", { name: /arm-1 admin/ }).waitFor({ state: "detached" });
  expect(visitor.failures).toEqual([]);
});

test("what a build prints is shown while it runs, and one that never ends is cancelled in its page", async () => {
  await using visitor = await visitAsRoot();
  const { page } = visitor;
  await push(
    "endless",
    "echo begun at $(/bin/busybox date +%s).; while true; do echo still there; /bin/busybox sleep 1; done",
  );
  const [{ id }] = (await done(callerOf(hub.url, ROOT)("GET /api/v1/builds/of/acme/app"))).body
    .items;
  await page.goto(`/build/${id}`);
  await using other = await visitAsRoot();
  const asked: string[] = [];
  other.page.on("request", (request) => asked.push(request.url()));
  await other.page.goto("/builds/acme/app");
  const row = other.page.getByRole("row", { name: `Build ${id}` });
  await page
    .getByRole("log")
    .getByText(/still there\n.*still there/)
    .waitFor(WAIT);
  await row.getByText("runs", { exact: true }).waitFor(WAIT);
  const begun = async () =>
    [...((await page.getByRole("log").textContent()) ?? "").matchAll(/begun at (\d+)/g)].map(
      ([, at]) => at,
    );
  const [first] = await begun();
  await restart();
  // It is built once more; what was printed before is no part of its log.
  await expect.poll(begun, WAIT).not.toContain(first);
  await expect.poll(begun, WAIT).toHaveLength(1);
  await page.getByText("The hub does not answer").waitFor({ state: "detached" });
  await row.getByText("runs", { exact: true }).waitFor(WAIT);
  const before = asked.length;
  await page.getByRole("button", { name: `Cancel build ${id}` }).press("Enter");
  await page.getByText("cancelled", { exact: true }).waitFor(WAIT);
  // Nobody does anything in this one, and it does not ask before it is told.
  await row.getByText("cancelled", { exact: true }).waitFor();
  expect(asked.slice(before).map((url) => new URL(url).pathname)).toEqual([
    "/api/v1/builds/of/acme/app",
  ]);
  expect(visitor.failures).toEqual([]);
});

test("no page reported anything", async () => {
  expect(await countPolicyReports(hub.url)).toBe(0);
});
