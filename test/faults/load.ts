import { randomImage } from "../harness/artifacts.ts";
import type { Image } from "../harness/images.ts";
import type { Randomness } from "../harness/randomness.ts";
import { expectStatus, type RegistryClient, UnexpectedAnswer } from "../harness/registry-client.ts";
import type { Journal } from "./journal.ts";

const TAGS = ["a", "b", "latest"] as const;

/**
 * Pushes, re-tags and deletes in one repository, one request after another, until `signal` is aborted or the hub stops
 * answering. Everything it does goes through the journal.
 */
export class Worker {
  readonly repository: string;
  readonly #parts: { client: RegistryClient; journal: Journal; random: Randomness };
  readonly #pushed: Image[] = [];

  constructor(
    repository: string,
    parts: { client: RegistryClient; journal: Journal; random: Randomness },
  ) {
    this.repository = repository;
    this.#parts = parts;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#step();
      } catch (error) {
        if (isConnectionLost(error)) return;
        if (!wasCollected(error)) throw error;
      }
    }
  }

  async #step(): Promise<void> {
    const { random } = this.#parts;
    const choice = random.below(10);
    if (choice < 6) await this.#push();
    else if (choice < 8) await this.#deleteTag();
    else await this.#deleteImage();
  }

  async #push(): Promise<void> {
    const { journal, random, client } = this.#parts;
    const image = randomImage(random, [1 + random.below(40_000), 700]);
    const tag = random.pick(TAGS);
    await journal.pushed({ repository: this.repository, tag }, image, async () => {
      for (const blob of [image.config, ...image.layers]) await this.#pushBlob(blob);
      await client.pushManifest(this.repository, tag, image.manifest);
    });
    this.#pushed.push(image);
  }

  /** One of the ways clients send a blob. */
  async #pushBlob({ bytes, digest }: { bytes: Buffer; digest: string }): Promise<void> {
    const { client, random } = this.#parts;
    switch (random.below(3)) {
      case 0:
        await client.pushBlob(this.repository, bytes, digest);
        return;
      case 1: {
        const path = `/v2/${this.repository}/blobs/uploads/?digest=${digest}`;
        expectStatus(await client.send("POST", path, { body: bytes }), 201, "pushing whole");
        return;
      }
      default:
        await this.#pushInChunks(bytes, digest);
    }
  }

  async #pushInChunks(bytes: Buffer, digest: string): Promise<void> {
    const { client } = this.#parts;
    const location = await client.startUpload(this.repository);
    const half = Math.ceil(bytes.length / 2);
    for (const chunk of [bytes.subarray(0, half), bytes.subarray(half)]) {
      expectStatus(await client.patch(location, chunk), 202, "sending a chunk");
    }
    expectStatus(await client.finishUpload(location, digest), 201, "closing an upload");
  }

  async #deleteTag(): Promise<void> {
    const { client, journal, random } = this.#parts;
    const tag = random.pick(TAGS);
    await journal.tagDeleted(this.repository, tag, async () => {
      const answer = await client.delete(`/v2/${this.repository}/manifests/${tag}`);
      if (answer.status !== 404) expectStatus(answer, 202, "deleting a tag");
    });
  }

  async #deleteImage(): Promise<void> {
    const { client, journal } = this.#parts;
    const image = this.#pushed.shift();
    if (image === undefined) return;
    await journal.imageDeleted(this.repository, image, async () => {
      const answer = await client.delete(
        `/v2/${this.repository}/manifests/${image.manifest.digest}`,
      );
      if (answer.status !== 404) expectStatus(answer, 202, "deleting a manifest");
    });
  }
}

/** A push that took longer than collection's grace is refused, and would be begun again. */
function wasCollected(error: unknown): boolean {
  return error instanceof UnexpectedAnswer && error.message.includes("MANIFEST_BLOB_UNKNOWN");
}

/** Does something with a hub that may be killed in the middle of it. */
export async function untilConnectionLost(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!isConnectionLost(error)) throw error;
  }
}

/** The hub was killed: undici names it by code, or the socket ended in mid-answer. */
function isConnectionLost(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return ["ECONNREFUSED", "ECONNRESET", "EPIPE", "UND_ERR_SOCKET", "UND_ERR_DESTROYED"].includes(
    String(code),
  );
}
