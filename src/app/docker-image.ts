import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { CommandError, type Invocation } from "../cli/command.ts";

interface DockerArchive extends AsyncDisposable {
  readonly path: string;
}

/** Has the docker engine of this machine write an image into a file, which goes when it is disposed of. */
export async function saveFromDocker(
  image: string,
  { signal, environment }: Pick<Invocation["terminal"], "signal" | "environment">,
): Promise<DockerArchive> {
  const directory = await mkdtemp(join(tmpdir(), "berth-scan-"));
  await using resources = new AsyncDisposableStack();
  resources.defer(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, "image.tar");
  await runDocker(["image", "save", "--output", path, "--", image], { signal, environment });
  const kept = resources.move();
  return { path, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function runDocker(
  words: readonly string[],
  { signal, environment: env }: Pick<Invocation["terminal"], "signal" | "environment">,
): Promise<void> {
  const child = spawn("docker", words, { env, signal, stdio: ["ignore", "ignore", "pipe"] });
  const said = text(child.stderr);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  }).catch((cause: NodeJS.ErrnoException) => {
    signal.throwIfAborted();
    const isMissing = cause.code === "ENOENT";
    const sentence = isMissing ? "there is no docker command here" : cause.message;
    throw new CommandError("scanFailed", sentence, { cause });
  });
  if (code === 0) return;
  const [line = `docker ended with ${code}`] = (await said).trim().split("\n").slice(-1);
  throw new CommandError("scanFailed", line);
}
