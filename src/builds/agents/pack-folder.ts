import { spawn } from "node:child_process";
import { PassThrough, type Readable } from "node:stream";

/** All of a folder, as an archive that ends early when it could not be read. */
export function packFolder(folder: string, signal: AbortSignal): Readable {
  const tar = spawn("tar", ["-c", "-C", folder, "."], {
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C" },
    stdio: ["ignore", "pipe", "ignore"],
    signal,
  });
  const archive = new PassThrough();
  tar.stdout.pipe(archive, { end: false });
  tar.once("error", (cause) => archive.destroy(cause));
  tar.once("close", (code) => {
    if (code === 0) archive.end();
    else archive.destroy(new Error(`${folder} could not be packed`));
  });
  archive.once("close", () => tar.kill());
  return archive;
}
