import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path/posix";
import { LayerRefused } from "../layers/layer-refused.ts";
import { type TarEntry, TarWalker } from "../layers/tar-walker.ts";
import type { ImageFiles } from "./image-files.ts";
import { ImageUnreadable } from "./image-source.ts";

/** An archive of an image has a few files for each layer; this one is for images, not for layers. */
const ARCHIVE_LIMITS = {
  entries: 20_000,
  pathBytes: 4096,
  pathDepth: 32,
  headerBytes: 1024 * 1024,
};

const HEADERS = 64 * 1024;
const CONTENT = 1024 * 1024;
/** Old `docker save` writes a layer that two images have as a link to where it is. */
const LINKS_LIMIT = 10;

/** The files of a plain tar archive on a disk, of which only the headers are read until a file is asked for. */
export async function openArchiveFiles(location: string): Promise<ImageFiles> {
  await using resources = new AsyncDisposableStack();
  const file = resources.use(await open(location));
  const entries = await listEntries(file, location);
  const find = (name: string) => findEntry(entries, name);
  const kept = resources.move();
  return {
    location,
    read: async (name, maxBytes) => {
      const entry = find(name);
      if (entry === undefined) return undefined;
      if (entry.size > maxBytes) {
        throw new ImageUnreadable(`${name} has ${entry.size} bytes, which is more than is read`);
      }
      const content = Buffer.alloc(entry.size);
      const { bytesRead } = await file.read(content, 0, entry.size, entry.offset);
      return content.subarray(0, bytesRead);
    },
    open: async (name) => {
      const entry = find(name);
      return entry === undefined ? undefined : readContent(file, entry);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

interface ArchiveEntry extends TarEntry {
  readonly linkedTo?: string;
}

async function listEntries(
  file: FileHandle,
  location: string,
): Promise<ReadonlyMap<string, ArchiveEntry>> {
  const entries = new Map<string, ArchiveEntry>();
  const walker = new TarWalker((entry) => {
    if (entry.kind !== "directory") entries.set(entry.path, entry);
    return undefined;
  }, ARCHIVE_LIMITS);
  const buffer = Buffer.alloc(HEADERS);
  let position = 0;
  try {
    while (!walker.hasEnded) {
      const skippable = walker.skippable;
      position += skippable;
      walker.jump();
      // After content comes one header, and mostly content again.
      const { bytesRead } = await file.read(buffer, 0, 512, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      walker.push(buffer.subarray(0, bytesRead));
    }
    walker.finish();
  } catch (cause) {
    if (!(cause instanceof LayerRefused)) throw cause;
    throw new ImageUnreadable(`${location} is not a whole tar archive`, { cause });
  }
  return entries;
}

function findEntry(
  entries: ReadonlyMap<string, ArchiveEntry>,
  name: string,
): ArchiveEntry | undefined {
  let path = join("/", name).slice(1);
  for (let hops = 0; hops < LINKS_LIMIT; hops += 1) {
    const entry = entries.get(path);
    if (entry === undefined || entry.kind === "file") return entry;
    path = entry.kind === "hardlink" ? entry.target : join("/", path, "..", entry.target).slice(1);
  }
  return undefined;
}

async function* readContent(
  file: FileHandle,
  { offset, size }: TarEntry,
): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < size; ) {
    const buffer = Buffer.allocUnsafeSlow(Math.min(CONTENT, size - at));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, offset + at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
