import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { ImageFiles } from "./image-files.ts";
import { ImageUnreadable } from "./image-source.ts";

const CONTENT = 1024 * 1024;

/** The files of a directory. Names are those of an OCI layout: callers make them of digests, so that none leads out of it. */
export function openDirectoryFiles(location: string): ImageFiles {
  return {
    location,
    read: async (name, maxBytes) => {
      const file = await openFile(join(location, name));
      if (file === undefined) return undefined;
      await using _file = file;
      const { size } = await file.stat();
      if (size > maxBytes) {
        throw new ImageUnreadable(`${name} has ${size} bytes, which is more than is read`);
      }
      return await file.readFile();
    },
    open: async (name) => {
      const file = await openFile(join(location, name));
      return file?.createReadStream({ highWaterMark: CONTENT }) as
        | AsyncIterable<Buffer>
        | undefined;
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** A layout from elsewhere may hold links to anything. */
async function openFile(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP") throw new ImageUnreadable(`${path} is a link`, { cause });
    throw cause;
  }
}
