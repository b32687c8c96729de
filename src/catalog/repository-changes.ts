import type { Kysely } from "kysely";
import type { NamespaceId } from "../namespaces/index.ts";
import type { Digest } from "../oci/digest.ts";
import type { RegistryTables } from "../registry/index.ts";
import type { RepositoryId } from "../repositories/index.ts";

/** What is found in images or decided about it, or what may be pulled: of neither does the outbox hold all. */
type Topic = "findings.changed" | "policies.changed";

/** Without a repository: somewhere in the hub, in more places than are named. */
interface RepositoryChange {
  readonly topic: Topic;
  readonly repository?: string;
}

/** For what something holds; what holds for one image is told of its repository. */
interface ChangedScope {
  readonly kind: "hub" | "namespace" | "repository" | "image";
  /** Of the namespace or the repository; 0 for the hub. */
  readonly id: number;
}

interface RepositoryChangesDeps {
  readonly db: Kysely<Pick<RegistryTables, "manifests" | "repositories">>;
  readonly topic: Topic;
  readonly clock: () => Date;
}

const WINDOW_MS = 10_000;
/** New advisories may change thousands of images: no page hears of each, and no rights are asked for each. */
const NAMED_IN_WINDOW = 20;
/** One more than may be named: then there are more. */
const READ_AT_ONCE = NAMED_IN_WINDOW + 1;

/**
 * In which repositories something has changed since somebody asked. Of one place after another its repositories are named; beyond
 * some in ten seconds it is only said that there are more, once in that time. Kept in memory: whoever was not told reads anew when
 * the hub is back.
 */
export class RepositoryChanges {
  readonly #deps: RepositoryChangesDeps;
  readonly #noted = {
    images: new Set<Digest>(),
    repositories: new Set<RepositoryId>(),
    namespaces: new Set<NamespaceId>(),
  };
  #hasMore = false;
  #windowSince = 0;
  #named = 0;
  #saidMoreAt = 0;

  constructor(deps: RepositoryChangesDeps) {
    this.#deps = deps;
  }

  /** Of an image, wherever it is. Call it when the change is committed: whoever hears of it reads at once. */
  note(digest: Digest): void {
    this.#add(this.#noted.images, digest);
  }

  /** Likewise, of all that lies in a scope. */
  noteIn({ kind, id }: ChangedScope): void {
    if (kind === "hub") this.#hasMore = true;
    else if (kind === "namespace") this.#add(this.#noted.namespaces, id as NamespaceId);
    else this.#add(this.#noted.repositories, id as RepositoryId);
  }

  /** What nobody has asked for is told to nobody. */
  forget(): void {
    for (const places of Object.values(this.#noted)) places.clear();
    this.#hasMore = false;
  }

  /** What pages are to be told of, each once. */
  async take(): Promise<readonly RepositoryChange[]> {
    const { clock, topic } = this.#deps;
    const names = await this.#takeNames();
    const now = clock().getTime();
    if (now - this.#windowSince >= WINDOW_MS) {
      this.#windowSince = now;
      this.#named = 0;
    }
    const named = names.slice(0, NAMED_IN_WINDOW - this.#named);
    this.#named += named.length;
    if (named.length < names.length) this.#hasMore = true;
    const told = named.map((repository) => ({ topic, repository }));
    return this.#isMoreDue(now) ? [...told, { topic }] : told;
  }

  #add<Place>(places: Set<Place>, place: Place): void {
    if (places.size < NAMED_IN_WINDOW) places.add(place);
    else if (!places.has(place)) this.#hasMore = true;
  }

  async #takeNames(): Promise<readonly string[]> {
    const { db } = this.#deps;
    const { images, repositories, namespaces } = this.#noted;
    const [digests, ids, owners] = [[...images], [...repositories], [...namespaces]];
    for (const places of Object.values(this.#noted)) places.clear();
    const names = db.selectFrom("repositories").select("repositories.name").limit(READ_AT_ONCE);
    const ofImages = names
      .innerJoin("manifests", "manifests.repository_id", "repositories.id")
      .distinct()
      .where("manifests.digest", "in", digests);
    const found = [
      ...(digests.length === 0 ? [] : await ofImages.execute()),
      ...(ids.length === 0 ? [] : await names.where("repositories.id", "in", ids).execute()),
      ...(owners.length === 0
        ? []
        : await names.where("repositories.namespace_id", "in", owners).execute()),
    ];
    return [...new Set(found.map(({ name }) => name))];
  }

  #isMoreDue(now: number): boolean {
    if (!this.#hasMore || now - this.#saidMoreAt < WINDOW_MS) return false;
    this.#hasMore = false;
    this.#saidMoreAt = now;
    return true;
  }
}
