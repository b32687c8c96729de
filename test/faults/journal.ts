import type { Image } from "../harness/images.ts";
import type { RegistryClient } from "../harness/registry-client.ts";

/** What the hub may answer for something: `undefined` stands for "it is not there". */
interface Expectation<T> {
  /** What it acknowledged last. */
  settled: T | undefined;
  /** What it was asked for since, without an answer: each of these may have happened or not. */
  doubtful: (T | undefined)[];
  /** Everything it was ever asked for, in order. */
  readonly asked: (T | undefined)[];
}

/**
 * What a load has been told by the hub, to hold the hub to it later: what was acknowledged is there, what was not is
 * there whole or not at all, and nothing deleted comes back.
 */
export class Journal {
  readonly #tags = new Map<string, Expectation<string>>();
  readonly #images = new Map<string, Expectation<Image>>();
  /** What was asked for since the hub was last held to it. */
  readonly #recent = new Set<string>();

  /** How many images the hub has acknowledged and not deleted. */
  get size(): number {
    return [...this.#images.values()].filter(({ settled }) => settled !== undefined).length;
  }

  async pushed(
    where: { repository: string; tag: string },
    image: Image,
    act: () => Promise<unknown>,
  ): Promise<void> {
    const { repository, tag } = where;
    const { digest } = image.manifest;
    const entries = [
      this.#doubt(this.#images, `${repository}@${digest}`, image),
      this.#doubt(this.#tags, `${repository}:${tag}`, digest),
    ] as const;
    await act();
    settle(entries[0], image);
    settle(entries[1], digest);
  }

  async tagDeleted(repository: string, tag: string, act: () => Promise<unknown>): Promise<void> {
    const entry = this.#doubt(this.#tags, `${repository}:${tag}`, undefined);
    await act();
    settle(entry, undefined);
  }

  /** A manifest takes its tags with it. */
  async imageDeleted(repository: string, image: Image, act: () => Promise<unknown>): Promise<void> {
    const { digest } = image.manifest;
    const entry = this.#doubt(this.#images, `${repository}@${digest}`, undefined);
    const tags = [...this.#tags.entries()].filter(
      ([key, { settled, doubtful }]) =>
        key.startsWith(`${repository}:`) && (settled === digest || doubtful.includes(digest)),
    );
    for (const [key, tag] of tags) {
      this.#recent.add(key);
      tag.doubtful.push(undefined);
      tag.asked.push(undefined);
    }
    await act();
    settle(entry, undefined);
    for (const [, tag] of tags) if (tag.settled === digest) settle(tag, undefined);
  }

  /** What is promised now. */
  snapshot(): Journal {
    const copy = new Journal();
    for (const [key, entry] of this.#images) copy.#images.set(key, copyOf(entry));
    for (const [key, entry] of this.#tags) copy.#tags.set(key, copyOf(entry));
    return copy;
  }

  /** Allows what `later`, which went on from this snapshot, has asked for since: a copy taken meanwhile may have it. */
  allow(later: Journal): void {
    allowLater(this.#images, later.#images);
    allowLater(this.#tags, later.#tags);
  }

  /** Holds the hub to what was asked of it since the last look, and settles doubts by what is found. */
  async verifyRecent(client: RegistryClient): Promise<void> {
    await this.#verify(client, (key) => this.#recent.has(key));
    this.#recent.clear();
  }

  /** Holds the hub to everything. Throws on the first broken promise. */
  async verify(client: RegistryClient): Promise<void> {
    await this.#verify(client, () => true);
  }

  async #verify(client: RegistryClient, isWanted: (key: string) => boolean): Promise<void> {
    for (const [key, entry] of this.#images) {
      if (isWanted(key)) await verifyImage(client, key, entry);
    }
    for (const [key, entry] of this.#tags) if (isWanted(key)) await verifyTag(client, key, entry);
  }

  #doubt<T>(
    entries: Map<string, Expectation<T>>,
    key: string,
    wish: T | undefined,
  ): Expectation<T> {
    const entry = entries.get(key) ?? { settled: undefined, doubtful: [], asked: [] };
    entries.set(key, entry);
    this.#recent.add(key);
    entry.doubtful.push(wish);
    entry.asked.push(wish);
    return entry;
  }
}

function copyOf<T>(entry: Expectation<T>): Expectation<T> {
  return { settled: entry.settled, doubtful: [...entry.doubtful], asked: [...entry.asked] };
}

function allowLater<T>(
  promised: Map<string, Expectation<T>>,
  later: ReadonlyMap<string, Expectation<T>>,
): void {
  for (const [key, { asked }] of later) {
    const entry = promised.get(key);
    if (entry === undefined) continue;
    entry.doubtful.push(...asked.slice(entry.asked.length));
  }
}

function settle<T>(entry: Expectation<T>, value: T | undefined): void {
  entry.settled = value;
  entry.doubtful = [];
}

async function verifyImage(
  client: RegistryClient,
  key: string,
  entry: Expectation<Image>,
): Promise<void> {
  const [repository = "", digest = ""] = key.split("@");
  const { status } = await client.headManifest(repository, digest);
  const found = status === 200 ? [entry.settled, ...entry.doubtful].find(Boolean) : undefined;
  if (status === 200 && found === undefined) throw new Error(`${key} was deleted and is back`);
  if (status !== 200 && entry.settled !== undefined && !entry.doubtful.includes(undefined)) {
    throw new Error(`${key} was acknowledged and is answered with ${status}`);
  }
  if (found !== undefined) await client.assertPullable(repository, digest, found);
  settle(entry, found);
}

async function verifyTag(
  client: RegistryClient,
  key: string,
  entry: Expectation<string>,
): Promise<void> {
  const [repository = "", tag = ""] = key.split(":");
  const answer = await client.headManifest(repository, tag);
  const found = answer.status === 200 ? answer.headers["docker-content-digest"] : undefined;
  const allowed = [entry.settled, ...entry.doubtful];
  if (!allowed.includes(found)) {
    throw new Error(
      `${key} names ${found ?? "nothing"}, but only ${allowed.join(" or ")} was pushed`,
    );
  }
  settle(entry, found);
}
