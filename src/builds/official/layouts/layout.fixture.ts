import { execFile } from "node:child_process";
import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import {
  type Content,
  descriptor,
  type Image,
  OCI_INDEX,
} from "../../../../test/harness/images.ts";
import { GitSource } from "../sources/git-source.ts";

const run = promisify(execFile);

/** What a path of a commit holds: bytes, or where a link leads. */
export type Tree = Readonly<Record<string, Buffer | string>>;

export interface Committed {
  readonly repository: GitSource;
  readonly gitCommit: string;
}

export function bytesOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** Where a layout in the folder `oci` has a blob. */
export function pathOf({ digest }: Pick<Content, "digest">): string {
  return `oci/blobs/${digest.replace(":", "/")}`;
}

export function indexOf(...manifests: readonly unknown[]): Buffer {
  return bytesOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
}

/** An OCI layout in the folder `oci`, with other files in place of its own. */
export function layoutOf(whole: Image, change: Tree = {}): Tree {
  const blobs = [whole.manifest, whole.config, ...whole.layers];
  return {
    "oci/oci-layout": bytesOf({ imageLayoutVersion: "1.0.0" }),
    "oci/index.json": indexOf(descriptor(whole.manifest)),
    ...Object.fromEntries(blobs.map((blob) => [pathOf(blob), blob.bytes])),
    ...change,
  };
}

/** A repository of one commit, below a folder. */
export async function commitTree(home: string, tree: Tree): Promise<Committed> {
  const folder = await mkdtemp(join(home, "repository-"));
  for (const [path, content] of Object.entries(tree)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    if (typeof content === "string") await symlink(content, join(folder, path));
    else await writeFile(join(folder, path), content);
  }
  const git = async (...args: string[]) =>
    (await run("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.c", ...args]))
      .stdout;
  await git("init", "--quiet");
  await git("add", "--all", "--force");
  await git("commit", "--quiet", "--message", "one");
  const gitCommit = (await git("rev-parse", "HEAD")).trim();
  return { repository: new GitSource(folder), gitCommit };
}
