import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { doctorCommand } from "../../src/cli/doctor/doctor-command.ts";
import { runProgram } from "../../src/cli/program.ts";
import { createTerminal } from "../../src/cli/terminal.ts";
import { SENTENCE } from "../harness/hub-api.ts";
import { makeTempDirectory } from "../harness/temp-directory.ts";

/** What is kept somewhere by a test, and never to be shown. */
export const secrets = new Set<string>();

/** Somebody's home directory, and what they see; no secret that is kept in it is ever shown. */
export async function openHome() {
  const directory = await makeTempDirectory("doctor");
  const { path } = directory;
  const dockerFile = join(path, ".docker/config.json");
  async function keep(name: string, content: string): Promise<void> {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content, { mode: 0o600 });
  }
  const keepStore = async (config: object) =>
    await keep(".docker/config.json", JSON.stringify(config));
  const keepLogin = async (url: string, entry: { identitytoken?: string; auth?: string }) => {
    for (const secret of Object.values(entry)) secrets.add(secret);
    await keepStore({ auths: { [new URL(url).host]: entry } });
  };
  async function askWith(
    environment: Record<string, string>,
    words: string,
    signal = new AbortController().signal,
  ) {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const terminal = createTerminal({
      stdin: Readable.from([""]),
      stdout,
      stderr,
      environment: { HOME: path, ...environment },
      signal,
    });
    const program = { commands: [doctorCommand], groups: {}, terminal };
    const exitCode = await runProgram(program, ["doctor", ...words.split(" ")]);
    stdout.end();
    stderr.end();
    const answer = { exitCode, stdout: await text(stdout), stderr: await text(stderr) };
    for (const secret of [...secrets, "hunter2hunter2", SENTENCE]) {
      expect(answer.stdout + answer.stderr).not.toContain(secret);
    }
    return answer;
  }
  return {
    path,
    dockerFile,
    keep,
    keepStore,
    keepLogin,
    askWith,
    async logIn(url: string, { name, password }: { name: string; password: string }) {
      secrets.add(password);
      await keepLogin(url, { auth: btoa(`${name}:${password}`) });
    },
    ask: (...words: string[]) => askWith({}, words.join(" ")),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}
