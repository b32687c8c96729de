import type { Kysely } from "kysely";
import type { Digest } from "../oci/digest.ts";
import type { RegistryTables } from "../registry/index.ts";

/** Without a repository: somewhere in the hub, in more places than are named. */
export interface FindingsChanged {
  readonly topic: "findings.changed";
  readonly repository?: string;
}

interface FindingChangesDeps {
  readonly db: Kysely<Pick<RegistryTables, "manifests" | "repositories">>;
  readonly clock: () => Date;
}

const TOPIC = "findings.changed";
const WINDOW_MS = 10_000;
/** New advisories may change thousands of images: no page hears of each, and no rights are asked for each. */
const NAMED_IN_WINDOW = 20;

/**
 * In which repositories findings have changed since somebody asked. Of one image after another its repositories are named; beyond some
 * in ten seconds it is only said that there are more, once in that time. Kept in memory: whoever was not told reads anew when the hub
 * is back.
 */
export class FindingChanges {
  readonly #deps: FindingChangesDeps;
  readonly #digests = new Set<Digest>();
  #hasMore = false;
  #windowSince = 0;
  #named = 0;
  #saidMoreAt = 0;

  constructor(deps: FindingChangesDeps) {
    this.#deps = deps;
  }

  /** Call it when the change is committed: whoever hears of it reads at once. */
  note(digest: Digest): void {
    if (this.#digests.size < NAMED_IN_WINDOW) this.#digests.add(digest);
    else if (!this.#digests.has(digest)) this.#hasMore = true;
  }

  /** What nobody has asked for is told to nobody. */
  forget(): void {
    this.#digests.clear();
    this.#hasMore = false;
  }

  /** What pages are to be told of, each once. */
  async take(): Promise<readonly FindingsChanged[]> {
    const names = await this.#takeNames();
    const now = this.#deps.clock().getTime();
    if (now - this.#windowSince >= WINDOW_MS) {
      this.#windowSince = now;
      this.#named = 0;
    }
    const named = names.slice(0, NAMED_IN_WINDOW - this.#named);
    this.#named += named.length;
    if (named.length < names.length) this.#hasMore = true;
    const told = named.map((repository) => ({ topic: TOPIC, repository }) as const);
    return this.#isMoreDue(now) ? [...told, { topic: TOPIC }] : told;
  }

  async #takeNames(): Promise<readonly string[]> {
    if (this.#digests.size === 0) return [];
    const digests = [...this.#digests];
    this.#digests.clear();
    const rows = await this.#deps.db
      .selectFrom("manifests")
      .innerJoin("repositories", "repositories.id", "manifests.repository_id")
      .select("repositories.name")
      .distinct()
      .where("manifests.digest", "in", digests)
      // One more than may be named: then there are more.
      .limit(NAMED_IN_WINDOW + 1)
      .execute();
    return rows.map(({ name }) => name);
  }

  #isMoreDue(now: number): boolean {
    if (!this.#hasMore || now - this.#saidMoreAt < WINDOW_MS) return false;
    this.#hasMore = false;
    this.#saidMoreAt = now;
    return true;
  }
}
