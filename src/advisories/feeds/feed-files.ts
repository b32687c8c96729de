import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { isMissing } from "../../lib/file-error.ts";
import { FeedError } from "../record.ts";
import { hashFile } from "./open-feed.ts";

const MAX_FILES = 2_000_000;

const manifest = z.object({
  files: z
    .array(
      z.object({
        file: z.string(),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        newest: z.string().optional(),
      }),
    )
    .min(1),
});

/** A file that may be a feed. */
export interface FeedFile {
  /** Where it lies. */
  readonly file: string;
  /** Its name for people. */
  readonly path: string;
  /** The day it was made, as far as somebody says. */
  readonly date: string | undefined;
  /** What it has to hash to, where a manifest says so. */
  readonly sha256: string | undefined;
}

/** The feeds of a file, of a directory with a MANIFEST.json (which then names them all), or of a directory without one. */
export async function listFeedFiles(path: string): Promise<FeedFile[]> {
  const facts = await stat(path);
  if (!facts.isDirectory()) return [toFile(path, path, facts.mtime)];
  const listed = await readManifest(path);
  if (listed !== undefined) return listed;
  const found: FeedFile[] = [];
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    found.push({ file, path: file.slice(path.length + 1), date: undefined, sha256: undefined });
    if (found.length > MAX_FILES) throw new FeedError(`${path} has more than ${MAX_FILES} files`);
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Throws FeedError for a file that is not the one that the manifest means. Answers with its hash. */
export async function checkFeedFile({ file, path, sha256 }: FeedFile): Promise<string> {
  const actual = await hashFile(file);
  if (sha256 !== undefined && actual !== sha256)
    throw new FeedError(`${path} has the SHA-256 ${actual}, and the manifest says ${sha256}`);
  return actual;
}

async function readManifest(directory: string): Promise<FeedFile[] | undefined> {
  const text = await readFile(join(directory, "MANIFEST.json"), "utf8").catch((cause) => {
    if (isMissing(cause)) return undefined;
    throw cause;
  });
  if (text === undefined) return undefined;
  const { files } = parseManifest(text);
  return files.map(({ file, sha256, newest }) => {
    if (file.startsWith("/") || file.split("/").includes(".."))
      throw new FeedError(`MANIFEST.json names ${file}, which lies outside its directory`);
    const [date] = /^\d{4}-\d{2}-\d{2}/.exec(newest ?? "") ?? [];
    return { file: join(directory, file), path: file, sha256, date };
  });
}

function parseManifest(text: string): z.output<typeof manifest> {
  try {
    return manifest.parse(JSON.parse(text));
  } catch (cause) {
    throw new FeedError("MANIFEST.json is no list of feeds with their SHA-256", { cause });
  }
}

function toFile(file: string, path: string, modified: Date): FeedFile {
  return { file, path, date: modified.toISOString().slice(0, 10), sha256: undefined };
}
