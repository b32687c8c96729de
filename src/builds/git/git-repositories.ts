import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { PROBLEMS } from "../../contract/problems.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { clearUnfinished } from "./clear-unfinished.ts";
import { extractCommit } from "./extract-commit.ts";
import { gitEnvironment } from "./git-environment.ts";
import { assertTreeFits } from "./tree-size.ts";

const run = promisify(execFile);
const COMMAND_MS = 60_000;
/** All of a large repository is written anew. */
const GC_MS = 900_000;
const OUTPUT_BYTES = 16 * 1024 * 1024;
const MOST_PACKS = 30;
const MESSAGE_LENGTH = 64 * 1024;
/** A file of that name says what the repository is, whatever becomes of the rows about it. */
const MIRROR = "berth-mirror";
const BEGUN = "new-";
const NO_NAME = /^refs\/(?:heads|tags)\/-/;

interface TooMuch {
  readonly code?: unknown;
  /** What came before there was too much of it. */
  readonly stdout?: string;
}

/** Full names of refs, and the commits they lead to. */
export type Refs = ReadonlyMap<string, string>;

export interface GitLimits {
  /** Of one pack that is pushed. */
  readonly pushBytes: number;
  /** Of all that one repository keeps; whatever is beyond it takes no push. */
  readonly repositoryBytes: number;
}

/** Bare repositories below the data directory, one for each repository of images that was pushed to with Git. */
export class GitRepositories {
  readonly #folder: string;
  readonly #repositoryBytes: number;
  readonly #treeBytes: number;
  readonly #prepared = new Set<RepositoryId>();
  /** The hub's directory. */
  readonly data: string;
  readonly environment: Readonly<Record<string, string>>;

  /** `treeBytes`: what the files of a commit may have, all together. */
  constructor(options: GitLimits & { readonly data: string; readonly treeBytes: number }) {
    this.data = options.data;
    this.#treeBytes = options.treeBytes;
    this.#repositoryBytes = options.repositoryBytes;
    this.#folder = join(options.data, "builds", "git");
    this.environment = gitEnvironment(options.pushBytes);
  }

  pathOf(repository: RepositoryId): string {
    return join(this.#folder, `${repository}.git`);
  }

  async exists(repository: RepositoryId): Promise<boolean> {
    return await access(join(this.pathOf(repository), "HEAD")).then(
      () => true,
      () => false,
    );
  }

  /** Once, before anything is made: what hubs before this one had begun to make. */
  async recover(): Promise<void> {
    for (const name of await readdir(this.#folder).catch(() => []))
      if (name.startsWith(BEGUN))
        await rm(join(this.#folder, name), { recursive: true, force: true });
  }

  /** Before git writes there, by whoever holds the repository: what a git was about to write that was killed with its hub. */
  async prepare(repository: RepositoryId): Promise<void> {
    if (this.#prepared.has(repository)) return;
    await clearUnfinished(this.pathOf(repository));
    this.#prepared.add(repository);
  }

  /** Makes it, unless it is there. A crash leaves a directory that nothing names, or the whole of it. */
  async ensure(repository: RepositoryId): Promise<void> {
    if (await this.exists(repository)) return;
    await mkdir(this.#folder, { recursive: true });
    const made = await mkdtemp(join(this.#folder, BEGUN));
    await this.#git(["init", "--quiet", "--bare", "--initial-branch=main", "--template=", made]);
    try {
      await rename(made, this.pathOf(repository));
    } catch (cause) {
      await rm(made, { recursive: true, force: true });
      if (!(await this.exists(repository))) throw cause;
    }
  }

  /** Branches and tags that lead to commits. */
  async listRefs(repository: RepositoryId): Promise<Refs> {
    const format =
      "%(refname) %(if)%(*objecttype)%(then)%(*objecttype) %(*objectname)%(else)%(objecttype) %(objectname)%(end)";
    const text = await this.#in(repository, [
      ...["for-each-ref", `--format=${format}`, "refs/heads", "refs/tags"],
    ]);
    const lines = text.split("\n").map((line) => line.split(" "));
    return new Map(
      lines.flatMap(([name = "", type, commit = ""]) =>
        // What begins with a dash is an option to the next program that is told of it.
        type === "commit" && !NO_NAME.test(name) ? [[name, commit] as const] : [],
      ),
    );
  }

  /** Undefined where one of them is not kept any more, so that anything may have changed. */
  async listChanges(
    repository: RepositoryId,
    before: string,
    after: string,
  ): Promise<string[] | undefined> {
    if (!(await this.#holds(repository, before))) return undefined;
    const text = await this.#in(repository, [
      ...["diff-tree", "-r", "-z", "--name-only", "--no-renames", before, after],
    ]);
    return text.split("\0").filter((path) => path !== "");
  }

  /** What whoever committed wrote about it; the beginning of it. */
  async messageOf(repository: RepositoryId, commit: string): Promise<string> {
    const order = ["log", "-1", "--format=%B", commit, "--"];
    const text = await this.#in(repository, order).catch((cause: TooMuch) => {
      if (cause.code !== "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") throw cause;
      return cause.stdout ?? "";
    });
    return text.slice(0, MESSAGE_LENGTH);
  }

  /** Whether the history of one commit leads to another; false for what is not here. */
  async isBefore(repository: RepositoryId, earlier: string, later: string): Promise<boolean> {
    return await this.#in(repository, ["merge-base", "--is-ancestor", earlier, later]).then(
      () => true,
      (cause: { readonly code?: unknown }) => {
        // 1: it does not; 128: one of them was forgotten with the history that it was of.
        if (cause.code === 1 || cause.code === 128) return false;
        throw cause;
      },
    );
  }

  /** The files of a commit, without its history. */
  async extract(
    repository: RepositoryId,
    wish: { readonly commit: string; readonly into: string; readonly signal: AbortSignal },
  ): Promise<void> {
    const { commit, signal } = wish;
    const { environment: env } = this;
    await assertTreeFits({ path: this.pathOf(repository), commit, env, signal }, this.#treeBytes);
    const archive = `${wish.into}.tar`;
    await extractCommit(this.pathOf(repository), this.environment, { ...wish, archive });
  }

  /** The commit that a ref of ours leads to, which is not needed any more: what a build is made of stays for two weeks. */
  async takeRef(repository: RepositoryId, ref: string): Promise<string> {
    const commit = await this.#in(repository, ["rev-parse", "--verify", `${ref}^{commit}`]);
    await this.#in(repository, ["update-ref", "-d", ref]);
    return commit.trim();
  }

  /** Of another Git server: nobody pushes to it. */
  async isMirror(repository: RepositoryId): Promise<boolean> {
    return await access(join(this.pathOf(repository), MIRROR)).then(
      () => true,
      () => false,
    );
  }

  /** Throws NOT_EMPTY where somebody pushed branches or tags, which reading another server would remove. */
  async ensureMirror(repository: RepositoryId): Promise<void> {
    await this.ensure(repository);
    if (await this.isMirror(repository)) return;
    if ((await this.listRefs(repository)).size > 0)
      throw new ProblemError(PROBLEMS.NOT_EMPTY, {
        detail: "branches or tags were pushed here: remove these first (git push --delete)",
      });
    await writeFile(join(this.pathOf(repository), MIRROR), "");
  }

  /** Each look at a mirror leaves a pack. What a build may still be made of stays for two weeks. */
  async compact(repository: RepositoryId): Promise<void> {
    const packs = await readdir(join(this.pathOf(repository), "objects", "pack"));
    if (packs.filter((name) => name.endsWith(".pack")).length <= MOST_PACKS) return;
    await this.#in(repository, ["gc", "--quiet", "--prune=2.weeks.ago"]);
  }

  /** Of what a repository keeps more than half of what it may, nobody needs what no ref leads to, but for builds that wait. */
  async shrink(repository: RepositoryId): Promise<void> {
    if (!(await this.exists(repository))) return;
    if ((await this.#bytesOf(repository)) * 2 > this.#repositoryBytes)
      await this.#in(repository, ["gc", "--quiet", "--prune=1.day.ago"], GC_MS);
    else await this.compact(repository);
  }

  /** Before a push. Throws GIT_TOO_LARGE. */
  async assertRoom(repository: RepositoryId): Promise<void> {
    if ((await this.#bytesOf(repository)) < this.#repositoryBytes) return;
    throw new ProblemError(PROBLEMS.GIT_TOO_LARGE, {
      detail: `it keeps ${this.#repositoryBytes} bytes and more, which is all that one may (builds.repositoryBytes): what no branch or tag leads to is removed after a day`,
    });
  }

  async #bytesOf(repository: RepositoryId): Promise<number> {
    const text = await this.#in(repository, ["count-objects", "-v"]);
    const kibibytes = [...text.matchAll(/^size(?:-pack|-garbage)?: (\d+)$/gm)];
    return kibibytes.reduce((sum, [, size]) => sum + Number(size) * 1024, 0);
  }

  async remove(repository: RepositoryId): Promise<void> {
    await rm(this.pathOf(repository), { recursive: true, force: true });
  }

  async list(): Promise<RepositoryId[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names.flatMap((name) => {
      const [, id] = /^(\d+)\.git$/.exec(name) ?? [];
      return id === undefined ? [] : [Number(id) as RepositoryId];
    });
  }

  async #holds(repository: RepositoryId, commit: string): Promise<boolean> {
    return await this.#in(repository, ["cat-file", "-e", `${commit}^{tree}`]).then(
      () => true,
      () => false,
    );
  }

  async #in(
    repository: RepositoryId,
    args: readonly string[],
    ms: number = COMMAND_MS,
  ): Promise<string> {
    return await this.#git(["-C", this.pathOf(repository), ...args], ms);
  }

  async #git(args: readonly string[], ms: number = COMMAND_MS): Promise<string> {
    const limits = { timeout: ms, killSignal: "SIGKILL", maxBuffer: OUTPUT_BYTES } as const;
    const { stdout } = await run("git", args, { env: this.environment, ...limits });
    return stdout;
  }
}
