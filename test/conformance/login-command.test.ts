import { mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { loginCommand } from "../../src/cli/login-command.ts";
import { logoutCommand } from "../../src/cli/logout-command.ts";
import { runProgram } from "../../src/cli/program.ts";
import { createTerminal } from "../../src/cli/terminal.ts";
import { findDockerCredentials } from "../../src/client/docker-credentials.ts";
import { startHub } from "../harness/hub.ts";
import { startIssuer } from "../harness/issuer.ts";

const PASSWORD = "colon: and ünïcode";
const ADMIN = ["--user", "admin", "--password-stdin"];

describe("berth login", () => {
  test("keeps a token in place of the password, and berth logout forgets it", async () => {
    await using home = await openHome();
    const { host } = home;
    expect(await home.type(["login", host, ...ADMIN], `${PASSWORD}\n`)).toMatchObject({
      exitCode: 0,
      stdout: `logged in to ${host} as admin\n`,
    });
    const config = await home.readConfig();
    expect(config).toContain("berth_rt_");
    expect(config).not.toContain(Buffer.from(PASSWORD).toString("base64").slice(4, -4));
    expect(await home.ask()).toBe(200);

    expect((await home.type(["logout", host])).stdout).toBe(`logged out of ${host}\n`);
    expect(await home.ask()).toBe(401);
    expect((await home.type(["logout", host])).stdout).toBe(`there was no login to ${host}\n`);
  });

  test.each(["-u", "--username"])("takes %s as docker login does", async (option) => {
    await using home = await openHome();
    const words = ["login", home.host, option, "admin", "--password-stdin"];
    expect(await home.type(words, PASSWORD)).toMatchObject({
      exitCode: 0,
      stdout: `logged in to ${home.host} as admin\n`,
    });
    const { exitCode, stderr } = await home.type([...words, "--user", "other"], PASSWORD);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("cannot be used with option '--user <name>'");
  });

  test("leaves alone what else is in docker's file, and links to it, and lets nobody else read it", async () => {
    await using home = await openHome();
    const elsewhere = join(home.path, "elsewhere.json");
    const theirs = { auths: { "other.test": { auth: "eDp5" } }, psFormat: "table" };
    await writeFile(elsewhere, JSON.stringify(theirs));
    await symlink(elsewhere, join(home.path, "config.json"));
    await home.type(["login", home.host, ...ADMIN], PASSWORD);
    expect(JSON.parse(await readFile(elsewhere, "utf8"))).toMatchObject(theirs);
    expect((await stat(elsewhere)).mode & 0o777).toBe(0o600);
    await home.type(["logout", home.host]);
    expect(JSON.parse(await readFile(elsewhere, "utf8"))).toEqual(theirs);
  });

  test("shows the hub's own sentence when the password is wrong, and keeps nothing", async () => {
    await using home = await openHome();
    expect(await home.type(["login", home.host, ...ADMIN], "guess")).toMatchObject({
      exitCode: 1,
      stderr: "berth: wrong user name or password\n",
    });
    expect(await findDockerCredentials(home.host, home.path)).toBeUndefined();
  });

  test.each([
    { lacks: "a user", says: "--user NAME" },
    {
      lacks: "a password, as an empty variable does",
      options: ["--user", "ci"],
      environment: { BERTH_PASSWORD: "" },
      says: "the password is empty",
    },
    { lacks: "an identity of a job", options: ["--oidc"], says: "there is no identity token here" },
  ])("says that it lacks $lacks", async ({ options = [], environment = {}, says }) => {
    await using home = await openHome();
    const { exitCode, stderr } = await home.type(["login", home.host, ...options], "", environment);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(says);
  });

  test("speaks to other machines by https, unless told otherwise", async () => {
    await using home = await openHome();
    const { exitCode, stderr } = await home.type(["login", "hub.invalid", ...ADMIN], PASSWORD);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("https://hub.invalid");
  });

  test("in a CI job needs the job's identity token and nothing else", async () => {
    await using issuer = await startIssuer();
    const claims = { repository: "acme/api" };
    const rule = { claims, account: "admin", repositories: ["acme/api"], actions: ["push"] };
    const issuers = [{ issuer: issuer.url, audience: "the hub", rules: [rule] }];
    await using home = await openHome({ "access.issuers": JSON.stringify(issuers) });
    const now = Math.floor(Date.now() / 1000);
    const job = { iss: issuer.url, aud: "the hub", sub: "job", iat: now, exp: now + 60 };
    const login = async (token: string) =>
      await home.type(["login", home.host, "--oidc"], "", { BERTH_ID_TOKEN: token });
    expect(await login(await issuer.sign({ ...job, ...claims }))).toMatchObject({ exitCode: 0 });
    expect(await home.ask()).toBe(200);
    const other = await login(await issuer.sign({ ...job, repository: "mallory/api" }));
    expect(other).toMatchObject({ exitCode: 1 });
    expect(other.stderr).toContain("no rule lets job of");
  });
});

async function openHome(settings: Readonly<Record<string, string>> = {}) {
  await using resources = new AsyncDisposableStack();
  const path = await mkdtemp(join(tmpdir(), "berth-login-"));
  resources.defer(() => rm(path, { recursive: true }));
  const access = { "access.mode": "accounts", adminPassword: PASSWORD };
  const hub = resources.use(await startHub({ settings: { ...access, ...settings } }));
  const { host } = new URL(hub.url);
  const owned = resources.move();
  return {
    path,
    host,
    readConfig: () => readFile(join(path, "config.json"), "utf8"),
    async type(words: readonly string[], input = "", environment: Record<string, string> = {}) {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const terminal = createTerminal({
        stdin: Readable.from([input]),
        stdout,
        stderr,
        environment: { DOCKER_CONFIG: path, ...environment },
        signal: new AbortController().signal,
      });
      const commands = [loginCommand, logoutCommand];
      const exitCode = await runProgram({ commands, groups: {}, terminal }, words);
      stdout.end();
      stderr.end();
      return { exitCode, stdout: await text(stdout), stderr: await text(stderr) };
    },
    /** What the hub answers to what is kept. */
    async ask(): Promise<number> {
      const kept = await findDockerCredentials(host, path);
      const pair = `${kept?.username}:${kept?.password}`;
      const authorization = `Basic ${Buffer.from(pair).toString("base64")}`;
      const headers: Record<string, string> = kept === undefined ? {} : { authorization };
      return (await fetch(`${hub.url}/v2/`, { headers })).status;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
