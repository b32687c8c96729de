import { mkdir, statfs, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { attempt, run } from "./command.ts";
import { makeTempDirectory, type TempDirectory } from "./temp-directory.ts";

const BLOCK_BYTES = 4096;
const DESCRIPTION_BYTES = 512 * 1024;

/** A disk that is full as soon as a test wants it to be. */
export class SmallDisk implements AsyncDisposable {
  readonly path: string;
  readonly #home: TempDirectory;

  private constructor(home: TempDirectory) {
    this.#home = home;
    this.path = join(home.path, "disk");
  }

  static async create(megabytes: number): Promise<SmallDisk> {
    const disk = new SmallDisk(await makeTempDirectory("small-disk"));
    const image = join(disk.#home.path, "disk.img");
    await writeFile(image, "");
    await truncate(image, megabytes * 1024 * 1024);
    // No blocks are kept for root: what the hub is told is free is free.
    await run("mkfs.ext4", ["-q", "-m", "0", image]);
    await mkdir(disk.path);
    await run("mount", ["-o", "loop", image, disk.path]);
    return disk;
  }

  /** Lets something else take all room but about `bytes`. */
  async fillUpTo(bytes: number): Promise<void> {
    await this.makeRoom();
    // The file system needs some blocks to describe a large file; plain writes then take what that left over.
    const most = (await this.#free()) - bytes - DESCRIPTION_BYTES;
    if (most > 0) await run("fallocate", ["-l", String(most), join(this.path, "filler")]);
    const rest = Math.floor(((await this.#free()) - bytes) / BLOCK_BYTES);
    const target = `of=${join(this.path, "filler-rest")}`;
    if (rest > 0)
      await attempt("dd", ["if=/dev/zero", target, `bs=${BLOCK_BYTES}`, `count=${rest}`]);
  }

  async makeRoom(): Promise<void> {
    await run("rm", ["-f", join(this.path, "filler"), join(this.path, "filler-rest")]);
  }

  async #free(): Promise<number> {
    const { bavail, bsize } = await statfs(this.path);
    return bavail * bsize;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await attempt("umount", ["-l", this.path]);
    await this.#home[Symbol.asyncDispose]();
  }
}
