import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { SourceError } from "../git/source-error.ts";

const run = promisify(execFile);
const LIMITS = { timeout: 20_000, killSignal: "SIGKILL", env: { PATH: "/usr/bin:/bin" } } as const;

export interface DeployKey {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** A new pair of keys, or the one that somebody brought. Throws SourceError. */
export async function prepareDeployKey(given: string): Promise<DeployKey> {
  const work = await mkdtemp(join(tmpdir(), "berth-key-"));
  const file = join(work, "key");
  try {
    if (given === "new")
      await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "berth", "-f", file], LIMITS);
    else await writeFile(file, `${given.trim()}\n`, { mode: 0o600 });
    const { stdout } = await run("ssh-keygen", ["-y", "-P", "", "-f", file], LIMITS);
    return { privateKey: await readFile(file, "utf8"), publicKey: stdout.trim() };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT")
      throw new SourceError("the hub has no ssh: install openssh-client", { cause });
    // What ssh-keygen says may quote the key.
    throw new SourceError("the deploy key cannot be read, or has a passphrase");
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
