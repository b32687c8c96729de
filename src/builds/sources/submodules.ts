import { execFile } from "node:child_process";
import { lstat, mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Database } from "../../platform/db/index.ts";
import type { Sealing } from "../../platform/keys/index.ts";
import type { RepositoryId } from "../../repositories/index.ts";
import { BuildFailed } from "../builder/build-failed.ts";
import { extractCommit } from "../git/extract-commit.ts";
import { fetchRef, type RemoteGit } from "../git/git-mirror.ts";
import type { GitRepositories } from "../git/git-repositories.ts";
import type { GitLimits } from "../git/limited-git.ts";
import { parseSourceAddress, type SourceAddress } from "../git/source-address.ts";
import { SourceError } from "../git/source-error.ts";
import type { BuildTables } from "../tables.ts";
import { type ReachDeps, resolveSource } from "./source-reach.ts";
import { openCredential } from "./source-secrets.ts";
import { type BuildSource, findSourceOf } from "./sources-store.ts";
import { resolveSubmodule } from "./submodule-address.ts";

export interface SubmoduleDeps {
  readonly database: Pick<Database<BuildTables>, "reader">;
  readonly git: GitRepositories;
  readonly reach: ReachDeps;
  readonly sealing: Sealing;
  readonly caFile: string | undefined;
  /** `bytes`: of all of them together. */
  readonly limits: GitLimits;
}

interface Fill {
  readonly source: BuildSource;
  readonly origin: SourceAddress;
  readonly hosts: readonly string[];
  /** A stranger's pull request names what it likes: nothing is fetched for it by what the source was given. */
  readonly isTrusted: boolean;
  /** Where their packs lie meanwhile. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  count: number;
  bytes: number;
}

interface Place {
  readonly repository: string;
  readonly commit: string;
  readonly into: string;
  readonly address: SourceAddress;
  readonly depth: number;
}

const run = promisify(execFile);
const DEEPEST = 3;
const MOST = 20;
const OUTPUT_BYTES = 16 * 1024 * 1024;
const COMMAND_MS = 60_000;

/** Fetches the submodules of commits, of sources for which that was asked. */
export class Submodules {
  readonly #deps: SubmoduleDeps;

  constructor(deps: SubmoduleDeps) {
    this.#deps = deps;
  }

  /** Puts them where they belong among the files of a commit. Throws BuildFailed. */
  async fill(
    repository: RepositoryId,
    wish: {
      readonly commit: string;
      readonly into: string;
      readonly isTrusted: boolean;
      readonly signal: AbortSignal;
    },
  ): Promise<void> {
    const { database, git } = this.#deps;
    const { commit, into, isTrusted, signal } = wish;
    const source = await findSourceOf(database.reader, repository);
    if (source?.submoduleHosts === undefined) return;
    const origin = parseSourceAddress(source.url);
    const scratch = `${into}.modules`;
    const hosts = source.submoduleHosts;
    const fill = { source, origin, hosts, isTrusted, scratch, signal, count: 0, bytes: 0 };
    const place = { repository: git.pathOf(repository), commit, into, address: origin, depth: 1 };
    try {
      await this.#fill(fill, place);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  async #fill(fill: Fill, place: Place): Promise<void> {
    const links = await this.#listLinks(place);
    if (links.length === 0) return;
    const urls = await this.#readUrls(place);
    for (const { path, commit } of links) {
      try {
        if (place.depth > DEEPEST) throw new SourceError(`they lie more than ${DEEPEST} deep`);
        const url = urls.get(path);
        if (url === undefined) throw new SourceError(".gitmodules says no address of it");
        await this.#fetch(fill, { place, path, commit, url });
      } catch (cause) {
        fill.signal.throwIfAborted();
        if (!(cause instanceof SourceError)) throw cause;
        const shown = JSON.stringify(path.slice(0, 200));
        throw new BuildFailed(`the submodule ${shown}: ${cause.message}`, { cause });
      }
    }
  }

  async #fetch(
    fill: Fill,
    link: {
      readonly place: Place;
      readonly path: string;
      readonly commit: string;
      readonly url: string;
    },
  ): Promise<void> {
    const { git, limits } = this.#deps;
    const { place, path, commit, url } = link;
    const { signal } = fill;
    fill.count += 1;
    if (fill.count > MOST) throw new SourceError(`there are more than ${MOST}`);
    const from = { parent: place.address, source: fill.origin, hosts: fill.hosts };
    const { address, isOwnServer } = resolveSubmodule(url, from);
    const remote = await this.#connect(fill, address, isOwnServer);
    const repository = join(fill.scratch, String(fill.count));
    await mkdir(repository, { recursive: true });
    await this.#git(["init", "--quiet", "--bare", "--template=", repository]);
    const left = { ...limits, bytes: limits.bytes - fill.bytes };
    if (left.bytes <= 0) throw new SourceError("all of them are larger than builds.pushBytes");
    await fetchRef(repository, remote, { ref: commit, into: undefined, limits: left, signal });
    fill.bytes += await sizeOf(join(repository, "objects", "pack"));
    const into = join(place.into, path);
    await assertFolders(place.into, path);
    await mkdir(into, { recursive: true });
    await extractCommit(repository, git.environment, {
      ...{ commit, into, signal },
      archive: `${repository}.tar`,
    });
    await this.#fill(fill, { repository, commit, into, address, depth: place.depth + 1 });
  }

  async #connect(fill: Fill, address: SourceAddress, isOwnServer: boolean): Promise<RemoteGit> {
    const { git, reach, caFile, sealing } = this.#deps;
    const { addresses, isNamed } = await resolveSource(address, reach);
    const isProven = isOwnServer && fill.isTrusted;
    return {
      ...{ address, addresses, caFile: isNamed ? caFile : undefined, data: git.data },
      credential: isProven ? openCredential(fill.source, sealing) : { kind: "none" },
      hostKeys: isOwnServer ? fill.source.hostKeys : undefined,
    };
  }

  async #listLinks({ repository, commit }: Place) {
    const order = ["-C", repository, "ls-tree", "-r", "-z", "--full-tree", commit];
    const lines = (await this.#git(order)).split("\0");
    return lines.flatMap((line) => {
      const [, hash, path] = /^160000 commit ([0-9a-f]{40,64})\t(.+)$/s.exec(line) ?? [];
      return hash === undefined || path === undefined ? [] : [{ path, commit: hash }];
    });
  }

  /** By their paths. */
  async #readUrls({ repository, commit }: Place): Promise<ReadonlyMap<string, string>> {
    const order = ["-C", repository, "config", "-z", "--no-includes", "--blob"];
    const asked = ["--get-regexp", "^submodule\\..*\\.(path|url)$"];
    const text = await this.#git([...order, `${commit}:.gitmodules`, ...asked]).catch(() => "");
    const paths = new Map<string, string>();
    const urls = new Map<string, string>();
    for (const entry of text.split("\0")) {
      const [, name = "", key, value] = /^submodule\.(.*)\.(path|url)\n(.*)$/s.exec(entry) ?? [];
      if (value !== undefined) (key === "path" ? paths : urls).set(name, value);
    }
    return new Map(
      [...paths].flatMap(([name, path]) => {
        const url = urls.get(name);
        return url === undefined ? [] : [[path, url] as const];
      }),
    );
  }

  async #git(args: readonly string[]): Promise<string> {
    const limits = { timeout: COMMAND_MS, killSignal: "SIGKILL", maxBuffer: OUTPUT_BYTES } as const;
    const { stdout } = await run("git", args, { env: this.#deps.git.environment, ...limits });
    return stdout;
  }
}

async function sizeOf(folder: string): Promise<number> {
  let size = 0;
  for (const name of await readdir(folder)) size += (await stat(join(folder, name))).size;
  return size;
}

/** Nothing on the way there is a link. */
async function assertFolders(root: string, path: string): Promise<void> {
  let at = root;
  for (const name of path.split("/")) {
    if (name === ".." || name === "." || name === "" || name.toLowerCase() === ".git")
      throw new SourceError("it lies where no submodule may");
    at = join(at, name);
    const found = await lstat(at).catch(() => undefined);
    if (found !== undefined && !found.isDirectory())
      throw new SourceError("it lies where something else is");
  }
}
