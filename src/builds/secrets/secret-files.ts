import { createHash } from "node:crypto";
import { access, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { OpenSecret } from "./build-secrets.ts";

/** In memory, where there is such a folder: what is written there is never on a disk. */
const MEMORY = "/dev/shm";

export interface SecretFiles extends AsyncDisposable {
  readonly files: readonly { readonly id: string; readonly file: string }[];
}

/** Files that only this user of the machine may read, for as long as a build runs. */
export async function openSecretFiles(
  secrets: readonly OpenSecret[],
  { data, work }: { readonly data: string; readonly work: string },
): Promise<SecretFiles> {
  if (secrets.length === 0) return { files: [], [Symbol.asyncDispose]: async () => undefined };
  const folder = await makeSecretFolder(data, join(work, "secrets-"));
  const files: { id: string; file: string }[] = [];
  for (const [index, { id, value }] of secrets.entries()) {
    const file = join(folder, String(index));
    await writeFile(file, value, { mode: 0o600 });
    files.push({ id, file });
  }
  return {
    files,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A folder in memory, which goes with the next hub at the latest; where there is none, one that begins so. */
export async function makeSecretFolder(data: string, otherwise: string): Promise<string> {
  return await mkdtemp((await hasMemory()) ? join(MEMORY, prefixOf(data)) : otherwise);
}

/** What a hub that was killed left there. Its data directory is locked, so nobody uses it any more. */
export async function removeOldSecretFiles(data: string): Promise<void> {
  if (!(await hasMemory())) return;
  for (const name of await readdir(MEMORY)) {
    if (name.startsWith(prefixOf(data)))
      await rm(join(MEMORY, name), { recursive: true, force: true });
  }
}

async function hasMemory(): Promise<boolean> {
  return await access(MEMORY, 2).then(
    () => true,
    () => false,
  );
}

function prefixOf(data: string): string {
  const hash = createHash("sha256").update(resolve(data)).digest("hex").slice(0, 16);
  return `berth-secrets-${hash}-`;
}
