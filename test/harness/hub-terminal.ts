import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { COMMAND_GROUPS, COMMANDS } from "../../src/app/commands.ts";
import { runProgram } from "../../src/cli/program.ts";
import { createTerminal } from "../../src/cli/terminal.ts";
import { ROOT, startAccountsHub } from "./hub-api.ts";

type Environment = Readonly<Record<string, string>>;

interface RunOptions {
  readonly input?: string;
  readonly isPerson?: boolean;
  readonly environment?: Environment;
}

/** A hub with accounts, and somebody who types commands of `berth` for it. */
export async function startWithTerminal(options: Parameters<typeof startAccountsHub>[0] = {}) {
  return await withTerminal(await startAccountsHub(options));
}

/** The same for a hub that was started in another way, and ends with them. */
export async function withTerminal<Hub extends AsyncDisposable & { readonly url: string }>(
  started: Hub,
) {
  await using resources = new AsyncDisposableStack();
  const hub = resources.use(started);
  const directory = await mkdtemp(join(tmpdir(), "berth-commands-"));
  resources.defer(() => rm(directory, { recursive: true }));
  const owned = resources.move();
  async function typeAs(
    user: typeof ROOT,
    words: string,
    { input = "", isPerson = false }: { input?: string; isPerson?: boolean } = {},
  ): Promise<string> {
    return await enter(user, [...words.split(" "), "--user", user.name], { input, isPerson });
  }
  async function enter(
    user: typeof ROOT,
    words: readonly string[],
    options: { input?: string; isPerson?: boolean } = {},
  ): Promise<string> {
    return (await run(user, words, options)).output;
  }
  /** What the person in front of it sees, and the exit code; a script without `isPerson`. */
  async function run(
    user: typeof ROOT,
    words: readonly string[],
    { input = "", isPerson = false, environment = {} }: RunOptions = {},
  ): Promise<{ readonly output: string; readonly exitCode: number }> {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const terminal = createTerminal({
      stdin: Object.assign(Readable.from([input]), { isTTY: isPerson }),
      stdout,
      stderr,
      environment: {
        ...{ DOCKER_CONFIG: directory, BERTH_URL: hub.url, BERTH_PASSWORD: user.password },
        ...environment,
      },
      signal: new AbortController().signal,
    });
    const program = { commands: COMMANDS, groups: COMMAND_GROUPS, terminal };
    const exitCode = await runProgram(program, words);
    stdout.end();
    stderr.end();
    return { output: ((await text(stdout)) + (await text(stderr))).trim(), exitCode };
  }
  return {
    ...hub,
    runAs: (user: typeof ROOT, words: readonly string[], environment: Environment = {}) =>
      run(user, [...words, "--user", user.name], { environment }),
    typeAs: (user: typeof ROOT, words: string, input?: string) =>
      typeAs(user, words, input === undefined ? {} : { input }),
    type: (words: string, input?: string) =>
      typeAs(ROOT, words, input === undefined ? {} : { input }),
    /** Commands that ask no hub. */
    typeAlone: (words: string, input = "") => enter(ROOT, words.split(" "), { input }),
    /** Somebody at a terminal, who answers what they are asked. */
    answerAs: (user: typeof ROOT, words: string, input: string) =>
      typeAs(user, words, { input, isPerson: true }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
