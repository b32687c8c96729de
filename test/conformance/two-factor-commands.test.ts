import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { COMMAND_GROUPS, COMMANDS } from "../../src/app/commands.ts";
import { runProgram } from "../../src/cli/program.ts";
import { createTerminal } from "../../src/cli/terminal.ts";
import { findDockerCredentials } from "../../src/client/docker-credentials.ts";
import { readOtpauth } from "../harness/authenticator-app.ts";
import { Browser } from "../harness/browser.ts";
import { ROOT, SENTENCE, startAccountsHub } from "../harness/hub-api.ts";

const STEP = 30_000;

let hub: Awaited<ReturnType<typeof startAccountsHub>>;
let directory = "";
let now = Date.now();

beforeAll(async () => {
  hub = await startAccountsHub({ clock: () => new Date(now) });
  directory = await mkdtemp(join(tmpdir(), "berth-two-factor-"));
});
afterAll(async () => {
  await hub?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

type Answer = (shown: string) => string | undefined;

/** What the command shows; each time that it shows something, it may be answered. */
async function type(user: typeof ROOT, words: string, input: string | Answer = "") {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  if (typeof input === "string") stdin.end(input);
  else
    stdout.on("data", (chunk: Buffer) => {
      const line = input(String(chunk));
      if (line !== undefined) stdin.end(`${line}\n`);
    });
  const result = Promise.all([text(stdout), text(stderr)]);
  const terminal = createTerminal({
    stdin,
    stdout,
    stderr,
    environment: { DOCKER_CONFIG: directory, BERTH_URL: hub.url, BERTH_PASSWORD: user.password },
    signal: new AbortController().signal,
  });
  const program = { commands: COMMANDS, groups: COMMAND_GROUPS, terminal };
  const exitCode = await runProgram(program, [...words.split(" "), "--user", user.name]);
  stdout.end();
  stderr.end();
  const [shown, said] = await result;
  return { exitCode, shown: shown.trim(), said: said.trim() };
}

/** Somebody new who turned it on with the command. */
async function careful(name: string) {
  await hub.addUsers(name);
  const user = { name, password: SENTENCE };
  let uri = "";
  const enabled = await type(user, "account two-factor enable", (shown) => {
    [uri = uri] = /otpauth:\S+/.exec(shown) ?? [];
    return uri === "" ? undefined : readOtpauth(uri).codeAt(now);
  });
  const codes = enabled.shown.match(/^[a-z2-9]{4}(?:-[a-z2-9]{4}){3}$/gm) ?? [];
  const code = () => {
    now += STEP;
    return readOtpauth(uri).codeAt(now);
  };
  return { user, enabled, codes, code };
}

test("berth account two-factor enable shows the secret, and recovery codes for the right code", async () => {
  const { user, enabled, codes, code } = await careful("alice");
  expect(enabled).toMatchObject({ exitCode: 0 });
  expect(enabled.shown).toMatch(/[█▀▄]{10}/);
  expect(enabled.shown).toMatch(/^secret: [A-Z2-7]{32}$/m);
  expect(codes).toHaveLength(10);
  const status = await type(user, "account two-factor status", `${code()}\n`);
  expect(status.shown).toMatch(/^on since \d{4}-\d\d-\d\d, 10 recovery codes left$/);
  // The session of the command ended with it.
  const sessions = await type(user, "account sessions list", `${code()}\n`);
  expect(sessions.shown.split("\n")).toHaveLength(2);
  expect(sessions.shown).toContain("password and code");
  expect(sessions.shown).toContain("(this command)");
});

test("a command says what it lacks, and what is wrong", async () => {
  const { user, code } = await careful("bob");
  expect(await type(user, "whoami")).toMatchObject({
    exitCode: 2,
    said: "berth: two-factor login is on for this account: give a code as well",
  });
  expect(await type(user, "whoami", "000000\n")).toMatchObject({
    exitCode: 1,
    said: "berth: the code is wrong, or was used already",
  });
  expect((await type(user, "whoami", `${code()}\n`)).shown).toMatch(/^bob, by session/);
  const wrong = await type({ ...user, password: "wrong" }, "whoami", `${code()}\n`);
  expect(wrong.said).toBe("berth: wrong user name or password");
});

test("berth login asks for a code, and keeps a token that docker can push with", async () => {
  const { user, code } = await careful("carol");
  const { host } = new URL(hub.url);
  const logIn = (input: string, option = "") => type(user, `login ${host}${option}`, input);
  expect(await logIn("")).toMatchObject({ exitCode: 2 });
  expect(await logIn("000000\n")).toMatchObject({ exitCode: 1 });
  expect(await findDockerCredentials(host, directory)).toBeUndefined();
  expect(await logIn(`${code()}\n`)).toMatchObject({
    exitCode: 0,
    shown: `logged in to ${host} as carol`,
  });
  const kept = await findDockerCredentials(host, directory);
  expect(kept?.password).toMatch(/^dckr_pat_/);
  const pushed = await hub.push({ name: "carol", password: kept?.password ?? "" }, "carol/app:1");
  expect(pushed.status).toBe(201);
  expect((await logIn("", ` --code ${code()}`)).exitCode).toBe(0);
  const script = await logIn(`${SENTENCE}\n${code()}\n`, " --password-stdin");
  expect(script.exitCode).toBe(0);
  const tokens = await type(user, "token list", `${code()}\n`);
  expect(tokens.shown.match(/berth login on /g)).toHaveLength(3);
});

test("recovery codes are made anew and it is turned off with another code than that of the login", async () => {
  const { user, codes, code } = await careful("dave");
  const first = code();
  const same = await type(user, "account two-factor disable", `${first}\n${first}\n`);
  expect(same).toMatchObject({ exitCode: 1 });
  const renewed = await type(
    user,
    "account two-factor recovery-codes",
    `${code()}\n${codes[0] ?? ""}\n`,
  );
  const fresh = renewed.shown.split("\n");
  expect(fresh).toHaveLength(10);
  expect(fresh).not.toContain(codes[1]);
  const off = await type(user, "account two-factor disable", `${code()}\n${fresh[0] ?? ""}\n`);
  expect(off).toMatchObject({ exitCode: 0, shown: "two-factor login is off" });
  expect((await type(user, "account two-factor status")).shown).toBe("off");
  expect(await type(user, "account two-factor disable")).toMatchObject({
    exitCode: 1,
    said: "berth: two-factor login is off for this account",
  });
});

test("an administrator resets it for somebody, and ends their sessions", async () => {
  const { user, code } = await careful("erin");
  const refused = await type(user, "user reset-two-factor admin", `${code()}\n`);
  expect(refused.exitCode).toBe(1);
  const reset = await type(ROOT, "user reset-two-factor erin");
  expect(reset.shown).toBe("two-factor login is off for erin, and their sessions have ended");
  expect((await type(user, "whoami")).shown).toMatch(/^erin, by password/);
  await new Browser(hub.url).logIn({ name: "erin", password: SENTENCE });
  const seen = await type(ROOT, "user sessions erin");
  const [id = ""] = seen.shown.split("\n").at(-1)?.split(" ") ?? [];
  expect(seen.shown).toMatch(/^ID +PROVED BY/);
  expect((await type(ROOT, `user end-sessions erin ${id}`)).shown).toBe(
    `ended session ${id} of erin`,
  );
  expect((await type(ROOT, "user end-sessions erin")).shown).toBe("ended the sessions of erin");
  expect((await type(user, "account sessions end")).shown).toBe("ended all sessions");
});
