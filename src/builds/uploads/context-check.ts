import { PROBLEMS } from "../../contract/problems.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import { LayerRefused, type TarEntry, TarWalker } from "../../scanning/index.ts";

const MIB = 1024 * 1024;
const LIMITS = { entries: 100_000, pathBytes: 4096, pathDepth: 100, headerBytes: MIB };
/** All of them are in memory while the archive comes. */
const ALL_PATHS_BYTES = 32 * MIB;

/** Looks at an archive as its bytes come: files, folders and links alone, each where it says. Throws BUILD_CONTEXT_INVALID. */
export class ContextCheck {
  readonly #links = new Set<string>();
  readonly #files = new Set<string>();
  #pathBytes = 0;
  readonly #walker = new TarWalker((entry) => this.#judge(entry), LIMITS);

  push(chunk: Buffer): void {
    asProblem(() => this.#walker.push(chunk));
  }

  /** Once there is no more. */
  finish(): void {
    asProblem(() => this.#walker.finish());
    if (this.#files.size === 0) throw invalid("there is no file in it");
  }

  #judge({ path, kind, target }: TarEntry): undefined {
    this.#pathBytes += path.length;
    if (this.#pathBytes > ALL_PATHS_BYTES) throw invalid("its paths are too long in all");
    const shown = JSON.stringify(path.slice(0, 200));
    if (kind === "other") throw invalid(`${shown} is neither a file nor a folder nor a link`);
    if (foldersAbove(path).some((one) => this.#links.has(one)))
      throw invalid(`${shown} lies behind a link`);
    if (kind === "hardlink" && !this.#files.has(target))
      throw invalid(`${shown} is another name of what did not come before it`);
    if (kind === "symlink") this.#links.add(path);
    if (kind === "file" || kind === "hardlink") this.#files.add(path);
    return undefined;
  }
}

function foldersAbove(path: string): readonly string[] {
  const above: string[] = [];
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1))
    above.push(path.slice(0, at));
  return above;
}

function asProblem(act: () => void): void {
  try {
    act();
  } catch (cause) {
    if (!(cause instanceof LayerRefused)) throw cause;
    throw invalid(cause.message.replace(/^the layer/, "the context"), cause);
  }
}

function invalid(detail: string, cause?: unknown): ProblemError {
  return new ProblemError(PROBLEMS.BUILD_CONTEXT_INVALID, { detail, cause });
}
