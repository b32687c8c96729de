import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { chmod, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { PROBLEMS } from "../../contract/problems.ts";
import { isDiskFull } from "../../lib/file-error.ts";
import type { Database } from "../../platform/db/index.ts";
import { failPoint } from "../../platform/fail-point.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import { assertPlain } from "../builder/assert-plain.ts";
import { BuildFailed } from "../builder/build-failed.ts";
import { listUploads } from "../queue/queue-store.ts";
import { SharedSlots } from "../shared-slots.ts";
import type { BuildTables } from "../tables.ts";
import { ContextCheck } from "./context-check.ts";

const run = promisify(execFile);
const ENVIRONMENT = { PATH: "/usr/local/bin:/usr/bin:/bin", LC_ALL: "C" };
const AT_ONCE = { all: 8, each: 2 };
/** Whoever sends less than so much in so long is not waited for. */
const IDLE_MS = 60_000;
const LEAST_BYTES = 64 * 1024;
const DRAIN_MS = 30_000;
const NO_ROOM = { status: 507, title: "the hub has no room left" };

/** A build context that somebody sent: an archive in a file of its own, for one build. */
export interface UploadedContext {
  readonly id: string;
  /** SHA-256 of the archive, in hexadecimal digits. */
  readonly digest: string;
}

interface UploadsDeps {
  readonly data: string;
  readonly database: Pick<Database<BuildTables>, "reader">;
  readonly limitBytes: number;
}

/** Contexts that were uploaded, from their first byte until their builds have ended. */
export class BuildUploads {
  readonly #deps: UploadsDeps;
  readonly #folder: string;
  /** Those that no build knows of yet. */
  readonly #coming = new Set<string>();
  readonly #slots = new SharedSlots(AT_ONCE);

  constructor(deps: UploadsDeps) {
    this.#deps = deps;
    this.#folder = join(deps.data, "builds", "uploads");
  }

  /**
   * Takes what comes of somebody; `use` queues a build of it. Whatever fails, nothing stays. Throws BUILD_CONTEXT_INVALID,
   * BUILD_CONTEXT_TOO_LARGE and TOO_MANY_REQUESTS.
   */
  async take<Answer>(
    { body, by }: { readonly body: Readable; readonly by: string },
    use: (context: UploadedContext) => Promise<Answer>,
  ): Promise<Answer> {
    using slot = this.#slots.take(by);
    if (slot === undefined) throw new ProblemError(PROBLEMS.TOO_MANY_REQUESTS);
    const id = randomUUID();
    this.#coming.add(id);
    try {
      const digest = await this.#receive(id, body);
      // A hub that dies here leaves a file that no build names, which the next one removes.
      await failPoint("build.uploaded");
      return await use({ id, digest });
    } catch (cause) {
      await rm(this.#pathOf(id), { force: true });
      drain(body);
      if (isDiskFull(cause)) throw new ProblemError(NO_ROOM, { cause });
      throw cause;
    } finally {
      this.#coming.delete(id);
    }
  }

  /** Throws BuildFailed. */
  async extract(
    id: string,
    wish: { readonly into: string; readonly signal: AbortSignal },
  ): Promise<void> {
    const { into, signal } = wish;
    const options = { env: ENVIRONMENT, signal };
    const order = ["-x", "--no-same-owner", "--no-same-permissions", "-f", this.#pathOf(id)];
    try {
      await run("tar", [...order, "-C", into], options);
    } catch (cause) {
      signal.throwIfAborted();
      if (isDiskFull(cause)) throw cause;
      throw new BuildFailed("what was uploaded cannot be unpacked", { cause });
    }
    await chmod(into, 0o755);
    // Whoever builds is another user, and may be shown all of it.
    await run("chmod", ["-R", "u+rwX,go+rX", into], options);
    await assertPlain(into);
  }

  /** What no build needs any more, nor one that comes. */
  async tidy(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    if (names.length === 0) return;
    const kept = new Set([...this.#coming, ...(await listUploads(this.#deps.database.reader))]);
    for (const name of names)
      if (!kept.has(name.replace(/\.tar$/, "")))
        await rm(join(this.#folder, name), { force: true });
  }

  async #receive(id: string, body: Readable): Promise<string> {
    await mkdir(this.#folder, { recursive: true });
    const hash = createHash("sha256");
    const check = new ContextCheck();
    const silence = new AbortController();
    const idle = setTimeout(() => silence.abort(new ProblemError(SILENT)), IDLE_MS);
    const { limitBytes } = this.#deps;
    let [size, counted] = [0, 0];
    async function* proven() {
      // Whoever sends is to hear why it is refused: the connection stays.
      for await (const chunk of body.iterator({ destroyOnReturn: false })) {
        const bytes: Buffer = chunk;
        size += bytes.length;
        if (size - counted >= LEAST_BYTES) {
          counted = size;
          idle.refresh();
        }
        if (size > limitBytes)
          throw new ProblemError(PROBLEMS.BUILD_CONTEXT_TOO_LARGE, {
            detail: `it has more than ${limitBytes} bytes (builds.pushBytes)`,
          });
        hash.update(bytes);
        check.push(bytes);
        yield bytes;
      }
      check.finish();
    }
    const target = createWriteStream(this.#pathOf(id), { flags: "wx", mode: 0o600, flush: true });
    try {
      await pipeline(proven(), target, { signal: silence.signal });
    } catch (cause) {
      silence.signal.throwIfAborted();
      throw cause;
    } finally {
      clearTimeout(idle);
    }
    return hash.digest("hex");
  }

  #pathOf(id: string): string {
    return join(this.#folder, `${id}.tar`);
  }
}

const SILENT = { status: 408, title: "too little came for a while" };

/** Reads on without keeping anything, so that the refusal is heard; not for ever. */
function drain(body: Readable): void {
  if (body.destroyed || body.readableEnded) return;
  body.on("error", () => undefined);
  body.resume();
  const timer = setTimeout(() => body.destroy(), DRAIN_MS);
  body.once("close", () => clearTimeout(timer));
}
