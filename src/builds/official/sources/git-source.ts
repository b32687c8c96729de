import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { posix } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { extractCommit } from "../../git/extract-commit.ts";
import { gitEnvironment } from "../../git/git-environment.ts";
import { assertTreeFits } from "../../git/tree-size.ts";

const run = promisify(execFile);
const COMMAND_MS = 60_000;
const OUTPUT_BYTES = 64 * 1024 * 1024;
/** A repository of one's own, so that nothing is fetched while it is looked at. */
const ENVIRONMENT = gitEnvironment(0);
const LINKS = 40;
/** Git is asked once for each folder on the way: a link into thousands of them must not keep the hub busy. */
const FOLDERS = 64;
const COMMITS = 20_000;

export interface TreeEntry {
  readonly kind: "file" | "folder" | "link" | "module";
  readonly hash: string;
  /** From the root of the repository. */
  readonly path: string;
}

export interface Extraction {
  /** An empty folder. */
  readonly into: string;
  readonly limitBytes: number;
  readonly signal: AbortSignal;
}

export interface Reading<Taken> {
  readonly take: (content: Readable) => Promise<Taken>;
  readonly signal: AbortSignal;
}

/** What a repository of sources says about a commit of it. */
export interface SourceRepository {
  isReachable(commit: string, ref: string): Promise<boolean>;
  /** Follows links within the tree; "outside" for what leads out of it. What lies deeper than 64 folders is not found. */
  find(commit: string, path: string): Promise<TreeEntry | "outside" | undefined>;
  read(commit: string, path: string): Promise<Buffer | undefined>;
  list(commit: string, path: string): Promise<readonly TreeEntry[]>;
  /** How many bytes a file has. */
  measure(file: Pick<TreeEntry, "hash">): Promise<number>;
  /** Has `take` see the content of a file, however large it is. */
  stream<Taken>(file: Pick<TreeEntry, "hash">, reading: Reading<Taken>): Promise<Taken>;
  /** Throws BuildFailed for what is larger than `limitBytes`. */
  extract(commit: string, wish: Extraction): Promise<void>;
  /** Files below the path that are binary, of so many bytes or more, and that a commit changed after another had added them. */
  listRewritten(commit: string, path: string, atLeast: number): Promise<readonly string[]>;
}

/** A repository that lies on this machine, bare or not. Nothing of it is ever run. */
export class GitSource implements SourceRepository {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async isReachable(commit: string, ref: string): Promise<boolean> {
    return await this.#git(["merge-base", "--is-ancestor", commit, `${ref}^{commit}`]).then(
      () => true,
      () => false,
    );
  }

  async find(commit: string, path: string): Promise<TreeEntry | "outside" | undefined> {
    let rest = clean(path);
    for (let links = 0; links < LINKS; links += 1) {
      if (rest === ".." || rest.startsWith("../")) return "outside";
      if (rest.split("/").length > FOLDERS) return undefined;
      const link = await this.#firstLink(commit, rest);
      if (link === undefined) return await this.#entry(commit, rest);
      const target = (await this.#blob(link.hash)).toString("utf8");
      if (target.startsWith("/")) return "outside";
      const after = rest.slice(link.path.length);
      rest = clean(`${posix.dirname(link.path)}/${target}${after}`);
    }
    return undefined;
  }

  async read(commit: string, path: string): Promise<Buffer | undefined> {
    const found = await this.find(commit, path);
    if (found === undefined || found === "outside" || found.kind !== "file") return undefined;
    return await this.#blob(found.hash);
  }

  async list(commit: string, path: string): Promise<readonly TreeEntry[]> {
    const below = clean(path);
    const place = below === "." ? [] : ["--", `${below}/`];
    const text = await this.#git(["ls-tree", "-z", "-r", "--full-tree", commit, ...place]);
    return text.split("\0").flatMap(parseEntry);
  }

  async listRewritten(commit: string, path: string, atLeast: number): Promise<readonly string[]> {
    const text = await this.#git([
      ...["log", "--diff-filter=M", "--no-renames", "--format=", "--raw", "--no-abbrev", "-z"],
      ...[`--max-count=${COMMITS}`, commit, "--", clean(path)],
    ]);
    const found = new Set<string>();
    for (const [, hash = "", name = ""] of text.matchAll(/:\d+ \d+ \w+ (\w+) M\0([^\0]*)\0/g)) {
      if (found.has(name)) continue;
      if ((await this.measure({ hash })) >= atLeast && (await this.#isBinary(hash)))
        found.add(name);
    }
    return [...found].toSorted();
  }

  async measure({ hash }: Pick<TreeEntry, "hash">): Promise<number> {
    return Number(await this.#git(["cat-file", "-s", hash]));
  }

  async stream<Taken>(
    { hash }: Pick<TreeEntry, "hash">,
    { take, signal }: Reading<Taken>,
  ): Promise<Taken> {
    const git = spawn("git", ["-C", this.path, "cat-file", "blob", hash], {
      ...{ env: ENVIRONMENT, signal, killSignal: "SIGKILL" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = once(git, "close");
    // Whoever waits for the content comes to it later.
    ended.catch(() => undefined);
    try {
      const taken = await take(git.stdout);
      const [code] = await ended;
      if (code !== 0) throw new Error(`git could not read the object ${hash}`);
      return taken;
    } finally {
      git.kill("SIGKILL");
    }
  }

  /** The files of a commit; of a bare repository. Throws BuildFailed. */
  async extract(commit: string, { into, limitBytes, signal }: Extraction): Promise<void> {
    await assertTreeFits({ path: this.path, commit, env: ENVIRONMENT, signal }, limitBytes);
    const archive = `${into}.tar`;
    await extractCommit(this.path, ENVIRONMENT, { commit, into, archive, signal });
  }

  async #isBinary(hash: string): Promise<boolean> {
    const bytes = await this.#blob(hash);
    // Where git itself looks.
    return bytes.subarray(0, 8000).includes(0);
  }

  /** The first component of the path that is a link. */
  async #firstLink(commit: string, path: string): Promise<TreeEntry | undefined> {
    const parts = path.split("/");
    for (let length = 1; length <= parts.length; length += 1) {
      const entry = await this.#entry(commit, parts.slice(0, length).join("/"));
      if (entry?.kind === "link") return entry;
      if (entry === undefined) return undefined;
    }
    return undefined;
  }

  async #entry(commit: string, path: string): Promise<TreeEntry | undefined> {
    if (path === ".") {
      const hash = await this.#git(["rev-parse", "--verify", "--quiet", `${commit}^{tree}`]).catch(
        () => undefined,
      );
      return hash === undefined ? undefined : { kind: "folder", hash: hash.trim(), path };
    }
    const text = await this.#git(["ls-tree", "-z", "--full-tree", commit, "--", path]).catch(
      () => "",
    );
    return parseEntry(text.split("\0")[0] ?? "")[0];
  }

  async #blob(hash: string): Promise<Buffer> {
    const { stdout } = await run("git", ["-C", this.path, "cat-file", "blob", hash], {
      ...{ env: ENVIRONMENT, encoding: "buffer" },
      ...{ timeout: COMMAND_MS, killSignal: "SIGKILL", maxBuffer: OUTPUT_BYTES },
    });
    return stdout;
  }

  async #git(args: readonly string[]): Promise<string> {
    const limits = { timeout: COMMAND_MS, killSignal: "SIGKILL", maxBuffer: OUTPUT_BYTES } as const;
    const { stdout } = await run("git", ["--literal-pathspecs", "-C", this.path, ...args], {
      env: ENVIRONMENT,
      ...limits,
    });
    return stdout;
  }
}

const KINDS: Readonly<Record<string, TreeEntry["kind"]>> = {
  "040000": "folder",
  "120000": "link",
  "160000": "module",
};

function parseEntry(line: string): TreeEntry[] {
  const [, mode = "", hash = "", path = ""] = /^(\d{6}) \w+ (\w+)\t(.*)$/s.exec(line) ?? [];
  return mode === "" ? [] : [{ kind: KINDS[mode] ?? "file", hash, path }];
}

function clean(path: string): string {
  const normal = posix.normalize(path).replace(/\/$/, "");
  return normal === "" ? "." : normal;
}
