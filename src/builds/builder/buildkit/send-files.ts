import { constants } from "node:fs";
import { lstat, open, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { Service } from "./session.ts";
import { encode, type Message } from "./wire-message.ts";

/** A file or folder that a build may copy. */
interface SentFile {
  /** As the builder knows it. */
  readonly path: string;
  readonly at: string;
}

type Answer = (message: Buffer) => Promise<void>;
export type FileList = () => AsyncIterable<SentFile>;

const STAT = 0;
const REQUEST = 1;
const DATA = 2;
const FINISHED = 3;
const FAILED = 4;

const PIECE_BYTES = 64 * 1024;
/** As Go writes kinds of files. */
const DIRECTORY = 2 ** 31;
const LINK = 2 ** 27;
const SET_UID = 2 ** 23;
const SET_GID = 2 ** 22;
const STICKY = 2 ** 20;

/** BuildKit's protocol of folders: all names first, then the bytes that the other side asks for. */
export function sendFiles(
  folders: (name: string, paths: readonly string[]) => FileList | undefined,
): Service {
  return async ({ messages, metadata, answer }) => {
    const [name = ""] = metadata("dir-name");
    const list = folders(name, metadata("followpaths"));
    if (list === undefined) throw new Error(`there is no folder ${JSON.stringify(name)}`);
    const files = await sendNames(list, answer);
    for await (const message of messages) {
      if (message.number(1) === REQUEST) await sendBytes(message.number(3), files, answer);
      else if (isLast(message)) return await answer(encode([[1, FINISHED]]));
    }
  };
}

function isLast(message: Message): boolean {
  if (message.number(1) === FAILED) throw new Error(message.text(4));
  return message.number(1) === FINISHED;
}

/** Answers where they lie, by the numbers that they are asked for with. */
async function sendNames(list: FileList, answer: Answer): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const file of list()) {
    const stat = await describe(file);
    if (stat === undefined) continue;
    files.push(file.at);
    await answer(encode([[2, stat]]));
  }
  await answer(encode([[1, STAT]]));
  return files;
}

async function sendBytes(id: number, files: readonly string[], answer: Answer): Promise<void> {
  const path = files[id];
  if (path === undefined) throw new Error(`there is no file ${id}`);
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  await using _closing = { [Symbol.asyncDispose]: () => file.close() };
  const buffer = Buffer.alloc(PIECE_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, PIECE_BYTES);
    // An empty piece is the end.
    const data = buffer.subarray(0, bytesRead);
    await answer(
      encode([
        [1, DATA],
        [3, id],
        [4, data],
      ]),
    );
    if (bytesRead === 0) return;
  }
}

/** Undefined for what is neither file, folder nor link. All belong to root, however they lie here. */
async function describe({ path, at }: SentFile): Promise<Buffer | undefined> {
  const found = await lstat(at);
  const kind = found.isDirectory() ? DIRECTORY : found.isSymbolicLink() ? LINK : 0;
  if (kind === 0 && !found.isFile()) return undefined;
  const special =
    (found.mode & 0o4000 ? SET_UID : 0) +
    (found.mode & 0o2000 ? SET_GID : 0) +
    (found.mode & 0o1000 ? STICKY : 0);
  return encode([
    [1, path],
    [2, kind + special + (found.mode & 0o777)],
    [5, kind === 0 ? found.size : 0],
    [6, BigInt(Math.floor(found.mtimeMs)) * 1_000_000n],
    [7, kind === LINK ? await readlink(at) : ""],
  ]);
}

/** Whether a build may copy it; a folder that it may not can hold files that it may (`look`). */
export type Verdict = "take" | "look" | "skip";

/** Each folder before what is in it, by the bytes of the names: the order that the other side insists on. */
export async function* walk(
  root: string,
  judge: (path: string) => Verdict,
  below = "",
): AsyncGenerator<SentFile> {
  const entries = await readdir(join(root, below), { withFileTypes: true });
  entries.sort((one, other) => Buffer.compare(Buffer.from(one.name), Buffer.from(other.name)));
  for (const entry of entries) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    const verdict = judge(path);
    if (verdict === "skip") continue;
    const file = { path, at: join(root, path) };
    if (verdict === "take") yield file;
    if (!entry.isDirectory()) continue;
    const inside = walk(root, judge, path);
    yield* verdict === "take" ? inside : behind(file, inside);
  }
}

/** A folder that is only there for what is in it. */
async function* behind(folder: SentFile, files: AsyncIterable<SentFile>): AsyncGenerator<SentFile> {
  let isShown = false;
  for await (const file of files) {
    if (!isShown) yield folder;
    isShown = true;
    yield file;
  }
}
