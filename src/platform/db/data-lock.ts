import { mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Another process works on the data directory. */
export class DataInUseError extends Error {
  override readonly name = "DataInUseError";
}

/**
 * Keeps a second process off a data directory. The lock is SQLite's own lock on a file of its own: the kernel drops it
 * with the process, however that ends, so a stale lock cannot exist.
 */
export async function lockData(
  folder: string,
  name: "serve" | "adopt" | "import" | "agent",
): Promise<Disposable> {
  await makeDirectory(folder);
  const path = join(folder, `${name}.lock`);
  const file = new DatabaseSync(path, { timeout: 0 });
  try {
    file.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    file.close();
    throw new DataInUseError(
      `another process is using ${folder}; stop it first, or choose another BERTH_DATA`,
      {
        cause,
      },
    );
  }
  return { [Symbol.dispose]: () => file.close() };
}

/** As mkdir with `recursive`, which never returns below a directory that says ENOENT to every name, such as /proc. */
async function makeDirectory(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const isThere = await isDirectory(code === "EEXIST" ? folder : dirname(folder));
    if (code === "EEXIST" && isThere) return;
    if (code !== "ENOENT" || isThere) throw cause;
    await makeDirectory(dirname(folder));
    await mkdir(folder);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
