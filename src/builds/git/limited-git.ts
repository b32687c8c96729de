import { spawn } from "node:child_process";
import { NO_ROOM } from "../no-room.ts";
import { SourceError } from "./source-error.ts";

/** Of one run of git that speaks with another server. */
export interface GitLimits {
  /** Of each pack. */
  readonly bytes: number;
  readonly ms: number;
}

export interface GitOrder {
  readonly args: readonly string[];
  readonly limits: GitLimits;
  readonly signal: AbortSignal;
}

const MEMORY_BYTES = 4 * 1024 ** 3;
const ERROR_BYTES = 64 * 1024;
const OUTPUT_BYTES = 16 * 1024 * 1024;

/** Ends with the hub, and with all that it started, when the time is over. Throws SourceError. */
export async function runLimitedGit(
  { args, limits, signal }: GitOrder,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const bounds = [`--fsize=${limits.bytes}`, `--as=${MEMORY_BYTES}`, "--core=0"];
  const command = ["--pdeathsig", "KILL", "--", "prlimit", ...bounds, "--", "git", ...args];
  const child = spawn("setpriv", command, {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const said = { output: "", errors: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (said.output.length < OUTPUT_BYTES) said.output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (said.errors.length < ERROR_BYTES) said.errors += text;
  });
  const { promise: ended, resolve, reject } = Promise.withResolvers<number | null>();
  child.once("error", reject).once("close", resolve);
  let isLate = false;
  const kill = () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
  };
  const timer = setTimeout(() => {
    isLate = true;
    kill();
  }, limits.ms);
  signal.addEventListener("abort", kill);
  try {
    const code = await ended;
    signal.throwIfAborted();
    if (isLate) throw new SourceError("it took too long");
    if (code !== 0) throw new SourceError(explain(said.errors));
    if (said.output.length >= OUTPUT_BYTES) throw new SourceError(TOO_LARGE);
    return said.output;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", kill);
  }
}

const TOO_LARGE = "it is larger than this hub fetches (builds.pushBytes)";
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/No space left on device|Disk quota exceeded/i, NO_ROOM],
  [/File size limit exceeded|signal 25|File too large|pack exceeds maximum/i, TOO_LARGE],
  [/Host key verification failed|REMOTE HOST IDENTIFICATION/i, "the server shows another key"],
  [
    /Permission denied \(|Authentication failed|could not read (Username|Password)|error: 40[13]/i,
    "the server refuses what it is shown to prove who asks",
  ],
  [
    /error: 404|repository .*not found|does not appear to be a git repository/i,
    "the server has no such repository, or does not show it",
  ],
  [/error: 30\d|redirect/i, "the server leads elsewhere: give the address that it leads to"],
  [/certificate|SSL|TLS/i, "the server's certificate is not trusted (builds.git.caFile)"],
  [/fsck|bad object|unpack|index-pack/i, "what the server sent is broken"],
];

/** Never in the words of the server: they may hold anything, and what answers on a port is not to be learned here. */
function explain(errors: string): string {
  for (const [pattern, reason] of REASONS) if (pattern.test(errors)) return reason;
  return "the server could not be reached, or did not answer as a Git server does";
}
