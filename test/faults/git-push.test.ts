import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { callerOf, done, ROOT } from "../harness/hub-api.ts";
import { HubProcess } from "../harness/hub-process.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

const run = promisify(execFile);
const NAME = "acme/app";

test("a hub killed between a push and its queue builds it when it starts again", async () => {
  await using home = await makeTempDirectory("git-push");
  const folder = join(home.path, "work");
  const dataDirectory = join(home.path, "data");
  const start = async (env: Readonly<Record<string, string>>) =>
    await HubProcess.start({
      dataDirectory,
      env: {
        BERTH_ACCESS_MODE: "accounts",
        BERTH_ADMIN_PASSWORD: ROOT.password,
        BERTH_BUILDS_BUILDER: "buildah-trusted",
        ...env,
      },
    });
  const env = { ...process.env, HOME: "/nonexistent", GIT_CONFIG_GLOBAL: "/dev/null" };
  const git = async (...args: string[]) =>
    await run("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.c", ...args], {
      env,
    });
  await run("git", ["init", "--quiet", folder], { env });
  await writeFile(join(folder, "Dockerfile"), "FROM scratch\nCOPY Dockerfile /\n");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "all");
  const commit = (await git("rev-parse", "HEAD")).stdout.trim();
  {
    await using hub = await start({ BERTH_FAIL_POINTS: "git.pushed:kill" });
    const root = callerOf(hub.url, ROOT);
    await done(root("POST /api/v1/organizations", { name: "acme" }));
    await done(root("POST /api/v1/repositories", { name: NAME }));
    const rules = [{ sourceType: "branch", source: "main", dockerTag: "latest" }];
    await done(root(`PUT /api/v1/build-rules/${NAME}`, { rules }));
    const address = `http://${ROOT.name}:${encodeURIComponent(ROOT.password)}@${hub.host}/git/${NAME}.git`;
    await git("push", "--quiet", address, "HEAD:refs/heads/main").catch(() => undefined);
    expect(await hub.endsWithin(5000)).toBe(true);
  }
  await using hub = await start({});
  const root = callerOf(hub.url, ROOT);
  const builds = async () => (await done(root(`GET /api/v1/builds/of/${NAME}`))).body.items;
  await expect.poll(builds, { timeout: 10_000 }).toMatchObject([{ commit, startedBy: ROOT.name }]);
  await expect.poll(async () => (await builds())[0].state, { timeout: 30_000 }).toBe("succeeded");
  expect(await builds()).toHaveLength(1);
}, 60_000);
