import { constants } from "node:fs";
import { type FileHandle, lstat, open, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { parseDockerIgnore, type Verdict, walkContext } from "../builds/index.ts";
import { CommandError } from "../cli/command.ts";
import { isMissing } from "../lib/file-error.ts";

const BLOCK = 512;
const PIECE_BYTES = 256 * 1024;
/** What fits into the fields of a header; more is said in one of its own ahead. */
const NAME_BYTES = 100;
const LARGEST_OCTAL = 8 ** 11 - 1;

interface Entry {
  readonly path: string;
  readonly at: string;
  readonly kind: "file" | "folder" | "link";
  readonly mode: number;
  readonly size: number;
  readonly target: string;
}

export interface PackedContext {
  /** Of the archive. */
  readonly bytes: number;
  readonly files: number;
  readonly archive: () => AsyncGenerator<Uint8Array>;
}

/** A directory as a tar archive, without what its .dockerignore leaves out. Throws CommandError. */
export async function packContext(root: string, dockerfile: string): Promise<PackedContext> {
  const judge = await readIgnored(root, dockerfile);
  const entries: Entry[] = [];
  let bytes = 2 * BLOCK;
  for await (const { path, at } of walkContext(root, judge)) {
    const entry = await describe(path, at);
    entries.push(entry);
    bytes += printHeaders(entry).length + padded(entry.size);
  }
  if (!entries.some(({ path, kind }) => path === dockerfile && kind !== "folder"))
    throw new CommandError("usage", `there is no ${dockerfile} in ${root}`);
  return { bytes, files: entries.length, archive: () => print(entries) };
}

/** The Dockerfile and the list itself always go along, as with docker. */
async function readIgnored(root: string, dockerfile: string): Promise<(path: string) => Verdict> {
  const own = `${dockerfile}.dockerignore`;
  const always = [dockerfile, own, ".dockerignore"];
  for (const name of [own, ".dockerignore"]) {
    const text = await readFile(join(root, name), "utf8").catch((cause: unknown) => {
      if (isMissing(cause)) return undefined;
      throw cause;
    });
    if (text === undefined) continue;
    const judge = parseDockerIgnore(text);
    return (path) => {
      if (always.includes(path)) return "take";
      const verdict = judge(path);
      const isAbove = always.some((one) => one.startsWith(`${path}/`));
      return verdict === "skip" && isAbove ? "look" : verdict;
    };
  }
  return () => "take";
}

async function describe(path: string, at: string): Promise<Entry> {
  const found = await lstat(at);
  const shared = { path, at, mode: found.mode & 0o777, size: 0, target: "" };
  if (found.isDirectory()) return { ...shared, kind: "folder" };
  if (found.isSymbolicLink()) return { ...shared, kind: "link", target: await readlink(at) };
  if (found.isFile()) return { ...shared, kind: "file", size: found.size };
  throw new CommandError("usage", `${at} is neither a file nor a directory nor a link`);
}

async function* print(entries: readonly Entry[]): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    yield printHeaders(entry);
    if (entry.kind === "file") yield* printContent(entry);
  }
  yield Buffer.alloc(2 * BLOCK);
}

/** As long as it was said to be, or not at all. */
async function* printContent({ at, size }: Entry): AsyncGenerator<Uint8Array> {
  await using file = await openPlain(at);
  let left = size;
  while (left > 0) {
    const piece = Buffer.alloc(Math.min(left, PIECE_BYTES));
    const { bytesRead } = await file.read(piece, 0, piece.length);
    if (bytesRead === 0) throw new CommandError("failed", `${at} was changed while it was read`);
    left -= bytesRead;
    yield piece.subarray(0, bytesRead);
  }
  yield Buffer.alloc(padded(size) - size);
}

async function openPlain(at: string): Promise<FileHandle> {
  try {
    return await open(at, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    throw new CommandError("usage", `${at} cannot be read`, { cause });
  }
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

const TYPES = { file: "0", folder: "5", link: "2" } as const;

function printHeaders(entry: Entry): Buffer {
  const { kind, size, target, mode } = entry;
  const name = kind === "folder" ? `${entry.path}/` : entry.path;
  const records = [
    ...(isLong(name) ? [printRecord("path", name)] : []),
    ...(isLong(target) ? [printRecord("linkpath", target)] : []),
    ...(size > LARGEST_OCTAL ? [printRecord("size", String(size))] : []),
  ].join("");
  const header = printHeader({
    name,
    target,
    mode,
    size: Math.min(size, LARGEST_OCTAL),
    type: TYPES[kind],
  });
  if (records === "") return header;
  const text = Buffer.alloc(padded(Buffer.byteLength(records)));
  text.write(records);
  const length = Buffer.byteLength(records);
  const ahead = printHeader({ name: "pax", target: "", mode: 0o644, size: length, type: "x" });
  return Buffer.concat([ahead, text, header]);
}

function isLong(text: string): boolean {
  return Buffer.byteLength(text) > NAME_BYTES;
}

/** Its own length stands at its beginning. */
function printRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  if (String(length).length !== String(bytes).length) length = bytes + String(length).length;
  return `${length}${rest}`;
}

function printHeader(wish: {
  readonly name: string;
  readonly target: string;
  readonly mode: number;
  readonly size: number;
  readonly type: string;
}): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, width: number) =>
    block.write(value.toString(8).padStart(width - 1, "0"), at);
  block.write(wish.name, 0, NAME_BYTES);
  octal(wish.mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(wish.size, 124, 12);
  octal(0, 136, 12);
  block.write(" ".repeat(8), 148);
  block.write(wish.type, 156);
  block.write(wish.target, 157, NAME_BYTES);
  block.write("ustar\u000000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\u0000 `, 148);
  return block;
}
