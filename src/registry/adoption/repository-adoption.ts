import { createHash } from "node:crypto";
import type { Kysely } from "kysely";
import { type Digest, digestAlgorithm, isDigest, toDigest } from "../../oci/digest.ts";
import { OciError } from "../../oci/error.ts";
import { MANIFEST_BYTES_LIMIT, type Manifest, parseManifest } from "../../oci/manifest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import { isTag, type Tag } from "../../oci/tag.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import {
  ensureRepository,
  findRepository,
  notePush,
  type PushTarget,
  type RepositoryId,
} from "../../repositories/index.ts";
import type { TagFollowers } from "../manifests/tag-followers.ts";
import { isTagRefusal, type TagKeeper } from "../manifests/tag-keeper.ts";
import { linkBlob, recordFoundBlob } from "../store/blobs-store.ts";
import { queueCandidate } from "../store/collection-queue-store.ts";
import { findManifestId, insertManifest } from "../store/manifests-store.ts";
import type { SettleRepository } from "../store/repository-events.ts";
import type { RegistryTables } from "../store/tables.ts";
import { findTag, findTagTime, moveTag } from "../store/tags-store.ts";
import type { AdoptionReport } from "./adoption-report.ts";
import {
  type DistributionRepository,
  type Link,
  listLayers,
  listRevisions,
  listTags,
  type TagLink,
} from "./distribution-directory.ts";

interface RepositoryAdoptionDeps {
  readonly database: Database<RegistryTables>;
  readonly blobs: BlobStore;
  readonly name: RepositoryName;
  /** When this repository was adopted before; older links were dealt with then. */
  readonly since: Date | undefined;
  readonly graceMs: number;
  readonly tagKeeper: TagKeeper;
  readonly tagFollowers: Pick<TagFollowers, "doubt">;
  readonly settleRepository: SettleRepository;
  readonly clock: () => Date;
  readonly report: AdoptionReport;
  readonly skip: (what: string, why: string) => void;
}

type Trx = Kysely<RegistryTables>;

/** Rows written by one transaction: enough to share its sync, few enough to let pushes in between. */
const BATCH = 100;
const BY = { actor: "adoption", cause: "adopt" } as const;

/** Takes over one repository: first its blobs, then its manifests, then its tags, so that a tag never dangles. */
export class RepositoryAdoption {
  readonly #deps: RepositoryAdoptionDeps;
  readonly #target: PushTarget;

  constructor(deps: RepositoryAdoptionDeps) {
    this.#deps = deps;
    this.#target = { name: deps.name, repositoryId: undefined };
  }

  async run(repository: DistributionRepository): Promise<void> {
    await this.#inBatches(listLayers(repository), (links) => this.#adoptLayers(links));
    await this.#inBatches(listRevisions(repository), (links) => this.#adoptManifests(links));
    await this.#inBatches(listTags(repository), (links) => this.#adoptTags(links));
  }

  async #inBatches<L extends Link>(
    links: AsyncIterable<L>,
    adopt: (batch: readonly L[]) => Promise<void>,
  ): Promise<void> {
    let batch: L[] = [];
    for await (const link of links) {
      if (!this.#isNew(link)) continue;
      batch.push(link);
      if (batch.length < BATCH) continue;
      await adopt(batch);
      batch = [];
    }
    if (batch.length > 0) await adopt(batch);
  }

  /** File times are coarser than ours: a link of the same second counts as new, which is harmless. */
  #isNew(link: Link): boolean {
    const { since } = this.#deps;
    return since === undefined || link.changedAt.getTime() >= since.getTime() - 1000;
  }

  async #open(trx: Trx, now: Date): Promise<RepositoryId> {
    const known = await findRepository(trx, this.#target.name);
    const id = await ensureRepository(trx, this.#target, now);
    if (known === undefined) await this.#deps.settleRepository(trx, { id, now });
    return id;
  }

  async #adoptLayers(links: readonly Link[]): Promise<void> {
    const { database, blobs, clock, graceMs, report } = this.#deps;
    const found: { digest: Digest; size: number }[] = [];
    for (const { digest } of links) {
      if (!isDigest(digest)) {
        this.#skip(digest, "the link does not hold a digest");
        continue;
      }
      const size = await blobs.size(digest);
      if (size === undefined) this.#skip(digest, "the layer's bytes are not there");
      else found.push({ digest, size });
    }
    await database.write(async (trx) => {
      const now = clock();
      const repositoryId = await this.#open(trx, now);
      for (const { digest, size } of found) {
        await linkBlob(trx, repositoryId, await recordFoundBlob(trx, { digest, size }, now));
        await queueCandidate(trx, {
          kind: "link",
          repositoryId,
          digest,
          dueAt: new Date(now.getTime() + graceMs),
          reason: "adopted, and no manifest of the repository names it",
        });
      }
    });
    report.blobs += found.length;
    for (const { size } of found) report.bytes += size;
  }

  async #adoptManifests(links: readonly Link[]): Promise<void> {
    const { database, clock, report } = this.#deps;
    const read: { digest: Digest; payload: Buffer; manifest: Manifest; changedAt: Date }[] = [];
    for (const { digest, changedAt } of links) {
      const found = await this.#readManifest(digest);
      if (found !== undefined) read.push({ ...found, changedAt });
    }
    await database.write(async (trx) => {
      const repositoryId = await this.#open(trx, clock());
      for (const { changedAt, ...facts } of read) {
        await recordFoundBlob(trx, { digest: facts.digest, size: facts.payload.length }, clock());
        const known = await findManifestId(trx, repositoryId, facts.digest);
        if (known !== undefined) continue;
        await insertManifest(trx, repositoryId, { ...facts, now: changedAt });
        await notePush(trx, repositoryId, changedAt);
        report.manifests += 1;
      }
    });
  }

  async #readManifest(
    digest: string,
  ): Promise<{ digest: Digest; payload: Buffer; manifest: Manifest } | undefined> {
    if (!isDigest(digest)) return this.#skip(digest, "the link does not hold a digest");
    const payload = await this.#readBlob(digest);
    if (payload === undefined) return this.#skip(digest, "the manifest's bytes are not there");
    const algorithm = digestAlgorithm(digest);
    const actual = toDigest(algorithm, createHash(algorithm).update(payload).digest("hex"));
    if (actual !== digest) return this.#skip(digest, "the manifest's bytes are damaged");
    try {
      return {
        digest,
        payload,
        manifest: parseManifest({ bytes: payload, contentType: undefined }),
      };
    } catch (cause) {
      if (cause instanceof OciError) return this.#skip(digest, cause.message);
      throw cause;
    }
  }

  async #readBlob(digest: Digest): Promise<Buffer | undefined> {
    const size = await this.#deps.blobs.size(digest);
    if (size === undefined || size > MANIFEST_BYTES_LIMIT) return undefined;
    const stream = await this.#deps.blobs.read(digest);
    if (stream === undefined) return undefined;
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    return Buffer.concat(parts);
  }

  async #adoptTags(links: readonly TagLink[]): Promise<void> {
    const { database, clock, report } = this.#deps;
    const taken = await database.write(async (trx) => {
      const repositoryId = await this.#open(trx, clock());
      let count = 0;
      for (const link of links) if (await this.#adoptTag(trx, repositoryId, link)) count += 1;
      if (count > 0) await this.#deps.tagFollowers.doubt(trx, repositoryId);
      return count;
    });
    report.tags += taken;
  }

  /** A tag that Berth moved later than distribution did stays where Berth put it. */
  async #adoptTag(trx: Trx, repositoryId: RepositoryId, link: TagLink): Promise<boolean> {
    const { digest, tag, changedAt } = link;
    if (!isTag(tag) || !isDigest(digest)) {
      this.#skip(`:${tag}`, "the tag or what it links to is malformed");
      return false;
    }
    const manifestId = await findManifestId(trx, repositoryId, digest);
    if (manifestId === undefined) {
      this.#skip(`:${tag}`, `it names ${digest}, which could not be taken over`);
      return false;
    }
    const to = { manifestId, digest };
    const movedAt = await findTagTime(trx, repositoryId, tag);
    if (movedAt !== undefined && movedAt >= changedAt) return false;
    const before = await findTag(trx, repositoryId, tag);
    if (before?.digest === digest) return false;
    const now = changedAt;
    const deed = before === undefined ? "create" : "move";
    if (!(await this.#may(trx, { repositoryId, tag, deed }))) return false;
    await moveTag(trx, { repositoryId, tag, from: before?.digest, to, by: BY, now });
    return true;
  }

  async #may(
    trx: Trx,
    { tag, ...what }: { repositoryId: RepositoryId; tag: Tag; deed: "create" | "move" },
  ): Promise<boolean> {
    const { tagKeeper, name: repository } = this.#deps;
    try {
      const by = { kind: "adoption" } as const;
      await tagKeeper.assertMay(trx, { ...what, repository, tags: [tag], by });
      return true;
    } catch (cause) {
      if (!isTagRefusal(cause)) throw cause;
      this.#skip(`:${tag}`, cause.message);
      return false;
    }
  }

  #skip(what: string, why: string): undefined {
    const separator = what.startsWith(":") ? "" : "@";
    this.#deps.skip(`${this.#deps.name}${separator}${what.slice(0, 200)}`, why);
    return undefined;
  }
}
