import { mkdir, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { attempt, run } from "./command.ts";
import { makeTempDirectory, type TempDirectory } from "./temp-directory.ts";

/** Writes that were on their way to the disk when its writer stopped have arrived after so long. */
const IN_FLIGHT_MS = 60;

export type LoopDiskOptions = { readonly megabytes: number; readonly type?: "ext4" | "xfs" };

/**
 * A small disk of its own: a file system in a file. Copying that file while the disk is in use is a power cut: the copy
 * has what was synced by then, and of the rest whatever the kernel happened to have written.
 */
export class LoopDisk implements AsyncDisposable {
  readonly path: string;
  readonly #image: string;
  readonly #type: "ext4" | "xfs";
  readonly #home: TempDirectory;
  readonly #cuts: string[] = [];

  private constructor(parts: { home: TempDirectory; type: "ext4" | "xfs" }) {
    this.#home = parts.home;
    this.#type = parts.type;
    this.#image = join(parts.home.path, "disk.img");
    this.path = join(parts.home.path, "disk");
  }

  static async create(options: LoopDiskOptions): Promise<LoopDisk> {
    const disk = new LoopDisk({
      home: await makeTempDirectory("loop-disk"),
      type: options.type ?? "ext4",
    });
    await writeFile(disk.#image, "");
    await truncate(disk.#image, options.megabytes * 1024 * 1024);
    await run(`mkfs.${disk.#type}`, ["-q", disk.#image]);
    await mkdir(disk.path);
    // A long commit interval: what nobody syncs stays in memory, and is gone after the cut.
    const mountOptions = disk.#type === "ext4" ? "loop,commit=600" : "loop";
    await run("mount", ["-o", mountOptions, disk.#image, disk.path]);
    return disk;
  }

  /**
   * Cuts the power now; gives the folder where the disk is mounted again, as it is found afterwards. `writer` is the
   * process that uses the disk, if that is not the caller, who does nothing else meanwhile: it stands still while the disk is copied, because a disk does not change either once
   * the power is gone, and a copy of a changing one would be a mixture that no power cut leaves.
   */
  async cutPower(writer?: number): Promise<string> {
    if (writer === undefined) return await this.#mountCopy();
    process.kill(writer, "SIGSTOP");
    try {
      await delay(IN_FLIGHT_MS);
      return await this.#mountCopy();
    } finally {
      process.kill(writer, "SIGCONT");
    }
  }

  async #mountCopy(): Promise<string> {
    const image = join(this.#home.path, `cut-${this.#cuts.length}.img`);
    const folder = join(this.#home.path, `cut-${this.#cuts.length}`);
    await run("cp", ["--sparse=always", this.#image, image]);
    await mkdir(folder);
    await run("mount", ["-o", this.#type === "xfs" ? "loop,nouuid" : "loop", image, folder]);
    this.#cuts.push(folder);
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const folder of [...this.#cuts, this.path]) await attempt("umount", ["-l", folder]);
    await rm(this.#home.path, { recursive: true, force: true });
  }
}
