import { createHash } from "node:crypto";
import { lookup } from "node:dns/promises";
import { mkdir, readdir, rm, stat, utimes } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { KeyedLock } from "../../../lib/keyed-lock.ts";
import { createAddressRule } from "../../../platform/outbound/index.ts";
import { gitEnvironment } from "../../git/git-environment.ts";
import { runLimitedGit } from "../../git/limited-git.ts";
import { SourceUnreadable } from "./sources.ts";

const FETCH_MS = 300_000;
/** What nobody asked for in so long is fetched again when somebody does. */
const KEPT_MS = 30 * 24 * 3_600_000;

interface RemoteSource {
  readonly gitRepo: string;
  readonly gitFetch: string;
  readonly gitCommit: string;
}

/**
 * Mirrors of repositories elsewhere, below the data directory. Only over HTTPS, without a login and without redirects, and
 * only from addresses that the hub may reach at a user's wish: the address that was looked up is the one that git connects to.
 */
export class RemoteSources {
  readonly #folder: string;
  readonly #mayReach: (address: string) => boolean;
  readonly #limits: { readonly bytes: number; readonly ms: number };
  readonly #locks = new KeyedLock();

  /** `packBytes`: the most that is taken of a server at once. */
  constructor(options: {
    readonly data: string;
    readonly allow: readonly string[];
    readonly packBytes: number;
  }) {
    this.#limits = { bytes: options.packBytes, ms: FETCH_MS };
    this.#folder = join(options.data, "builds", "official-sources");
    this.#mayReach = createAddressRule(options.allow);
  }

  /** Where the mirror lies. Throws SourceUnreadable. */
  async fetch({ gitRepo, gitFetch, gitCommit }: RemoteSource): Promise<string> {
    const path = join(this.#folder, `${createHash("sha256").update(gitRepo).digest("hex")}.git`);
    using _held = await this.#locks.acquire(path);
    const pinned = await this.#pin(gitRepo);
    await mkdir(path, { recursive: true });
    await this.#git(path, ["init", "--quiet", "--bare", "--template=", "."]);
    const now = new Date();
    await utimes(path, now, now);
    if (await this.#holds(path, gitFetch, gitCommit)) return path;
    const options = [
      ...["protocol.https.allow=always", "http.followRedirects=false", "credential.helper="],
      ...[`http.curloptResolve=${pinned}`, "fetch.fsckObjects=true"],
    ].flatMap((setting) => ["-c", setting]);
    const order = ["fetch", "--quiet", "--no-tags", "--", gitRepo, `+${gitFetch}:${gitFetch}`];
    try {
      await this.#git(path, [...options, ...order]);
    } catch (cause) {
      const message = `${gitFetch} of ${gitRepo} cannot be fetched without a login`;
      throw new SourceUnreadable(message, { cause, wasTried: true });
    }
    return path;
  }

  /** Mirrors that nothing asked for lately. */
  async tidy(now: Date): Promise<void> {
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const path = join(this.#folder, name);
      using _held = await this.#locks.acquire(path);
      const { mtimeMs } = await stat(path);
      if (now.getTime() - mtimeMs > KEPT_MS) await rm(path, { recursive: true, force: true });
    }
  }

  async #holds(path: string, ref: string, commit: string): Promise<boolean> {
    return await this.#git(path, ["merge-base", "--is-ancestor", commit, ref]).then(
      () => true,
      () => false,
    );
  }

  /** `host:port:address`, as curl takes it. */
  async #pin(gitRepo: string): Promise<string> {
    const url = URL.parse(gitRepo);
    if (url?.protocol !== "https:" || url.username !== "" || url.password !== "")
      throw refused(gitRepo, "it is not fetched over https:// without a login");
    const host = url.hostname.replace(/^\[|\]$/g, "");
    const port = url.port === "" ? "443" : url.port;
    const found = isIP(host) === 0 ? await findAddress(host, gitRepo) : host;
    if (!this.#mayReach(found))
      throw refused(gitRepo, "the hub does not fetch from there (outbound.allow)");
    return `${host}:${port}:${found.includes(":") ? `[${found}]` : found}`;
  }

  async #git(path: string, args: readonly string[]): Promise<void> {
    const { signal } = new AbortController();
    const order = { args: ["-C", path, ...args], limits: this.#limits, signal };
    await runLimitedGit(order, gitEnvironment(0));
  }
}

async function findAddress(host: string, gitRepo: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (cause) {
    throw new SourceUnreadable(`${gitRepo}: its host is not known`, { cause, wasTried: true });
  }
}

function refused(gitRepo: string, why: string): SourceUnreadable {
  return new SourceUnreadable(`${gitRepo}: ${why}`, { wasTried: true });
}
