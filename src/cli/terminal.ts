import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";
import { openProgress, type Progress } from "./progress.ts";
import { SecretInput } from "./secret-input.ts";

export type TerminalStreams = {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
};

/** The person or script that called: results go to stdout, everything about them to stderr. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** A line of the result. */
  print(line: string): void;
  /** One line of JSON, for --json. */
  printJson(value: unknown): void;
  /** A line about the work, which no script should read. */
  note(line: string): void;
  openProgress(label: string): Progress;
  /** Asks a person for something that is not shown while it is typed; of a script, takes the next line of its input. */
  askSecret(label: string): Promise<string>;
  /** The same for what is no secret. */
  ask(label: string): Promise<string>;
  /** Has a person type a word, in the open; undefined without a person, and then nothing was asked. */
  askWord(label: string): Promise<string | undefined>;
}

export function createTerminal(streams: TerminalStreams): Terminal {
  for (const stream of [streams.stdout, streams.stderr]) stream.on("error", ignoreClosedPipe);
  const secrets = new SecretInput(streams);
  const askWord = async (label: string) =>
    streams.stdin.isTTY === true ? await askInTheOpen(label, streams) : undefined;
  const print = (line: string) => void streams.stdout.write(`${line}\n`);
  return {
    environment: streams.environment,
    signal: streams.signal,
    print,
    printJson: (value) => print(JSON.stringify(value)),
    note: (line) => void streams.stderr.write(`${line}\n`),
    openProgress: (label) => openProgress(streams.stderr, label),
    askSecret: (label) => secrets.ask(label),
    ask: async (label) => (await askWord(label)) ?? (await secrets.ask(label)),
    askWord,
  };
}

async function askInTheOpen(
  label: string,
  { stdin: input, stderr: output, signal }: TerminalStreams,
): Promise<string> {
  const reader = createInterface({ input, output });
  try {
    return await reader.question(`${label}: `, { signal });
  } finally {
    reader.close();
  }
}

/** The reader left, as `| head` does: what comes after is of no use to anybody, and the work goes on. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
