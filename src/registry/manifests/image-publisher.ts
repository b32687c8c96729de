import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Kysely } from "kysely";
import type { TagRule } from "../../access/index.ts";
import { type Digest, digestHex, toDigest } from "../../oci/digest.ts";
import { OciError } from "../../oci/error.ts";
import { type Manifest, parseManifest } from "../../oci/manifest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { Tag } from "../../oci/tag.ts";
import type { Database } from "../../platform/db/index.ts";
import type { PushTarget, Repository, RepositoryId } from "../../repositories/index.ts";
import type { BlobCommits } from "../blobs/blob-commits.ts";
import { findManifestOf, listReferrerDigests } from "../store/manifests-store.ts";
import type { By } from "../store/repository-events.ts";
import type { RegistryTables } from "../store/tables.ts";
import type { Uploads } from "../uploads/uploads.ts";
import type { ManifestPush, ManifestWriter } from "./manifest-writer.ts";

interface PublisherDeps {
  readonly database: Database<RegistryTables>;
  readonly uploads: Pick<Uploads, "receiveWhole">;
  readonly commits: Pick<BlobCommits, "mount">;
  readonly writer: Pick<ManifestWriter, "putAll">;
  readonly isReadOnly: boolean;
}

/** An image as files: `manifest.json`, and each blob under the hexadecimal part of its digest. */
export interface ImageFiles {
  readonly folder: string;
  /** Of an index: the images in it, each in a folder of its own. */
  readonly parts?: readonly string[];
  readonly tags: readonly Tag[];
  readonly tagRules: readonly TagRule[] | undefined;
  /** No tag moves once it is aborted. */
  readonly signal?: AbortSignal;
  /** In the transaction in which the tags move. */
  readonly also?: (trx: Kysely<RegistryTables>, digest: Digest) => Promise<void>;
}

/** What goes from one repository to another. */
export interface Promotion {
  readonly to: RepositoryName;
  readonly images: readonly { readonly digest: Digest; readonly tags: readonly Tag[] }[];
  readonly also: (trx: Kysely<RegistryTables>) => Promise<void>;
}

interface KeptManifest {
  readonly digest: Digest;
  readonly contentType: string;
  readonly bytes: Buffer;
  readonly manifest: Manifest;
}

/** Pushes images that the hub itself has made: quotas, tag rules, events and the audit trail are those of any push. */
export class ImagePublisher {
  readonly #deps: PublisherDeps;

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
  }

  /** All tags move in one step, or none. Whether `by` may push was decided before. */
  async publish(
    { id, name }: Pick<Repository, "id" | "name">,
    image: ImageFiles,
    by: By,
  ): Promise<Digest> {
    this.#assertMay();
    const place = { repository: name, repositoryId: id };
    const pushes: ManifestPush[] = [];
    for (const folder of [...(image.parts ?? []), image.folder]) {
      const bytes = await readFile(join(folder, "manifest.json"));
      const { config, layers, mediaType } = parseManifest({ bytes, contentType: undefined });
      for (const digest of new Set([config, ...layers].flatMap((one) => one?.digest ?? []))) {
        image.signal?.throwIfAborted();
        await this.#store(place, { digest, folder }, by);
      }
      pushes.push({
        ...place,
        reference: { kind: "digest", digest: digestOf(bytes) },
        tags: folder === image.folder ? image.tags : [],
        ...{ contentType: mediaType, bytes, tagRules: image.tagRules },
        condition: { ifMatch: undefined, ifNoneMatch: undefined },
        ...{ principal: by.principal, origin: by.origin() },
      });
    }
    image.signal?.throwIfAborted();
    const { reference } = pushes.at(-1) ?? {};
    if (reference?.kind !== "digest") throw new Error("an image was published without a digest");
    const { digest } = reference;
    await this.#deps.writer.putAll(pushes, async (trx) => await image.also?.(trx, digest));
    return digest;
  }

  /**
   * Gives images of one repository to another, under tags, with the images in them and all that is attached to any of these: all
   * of them in one step, together with what else belongs to it.
   * What the other repository does not take yet is nothing that anybody sees there. Throws MANIFEST_UNKNOWN.
   */
  async promote(
    from: Pick<Repository, "id" | "name">,
    { to, images, also }: Promotion,
    by: By,
  ): Promise<void> {
    this.#assertMay();
    const repository: PushTarget = { name: to, repositoryId: undefined };
    const pushes = new Map<Digest, ManifestPush>();
    for (const { digest: image, tags } of images) {
      for (const kept of await this.#listWhole(from.id, image)) {
        await this.#mount(kept, { repository, from: from.name, by });
        const { digest, contentType, bytes } = kept;
        const before = pushes.get(digest)?.tags ?? [];
        pushes.set(digest, {
          ...{ repository: to, repositoryId: undefined, reference: { kind: "digest", digest } },
          tags: digest === image ? [...before, ...tags] : before,
          ...{ contentType, bytes, tagRules: undefined },
          condition: { ifMatch: undefined, ifNoneMatch: undefined },
          ...{ principal: by.principal, origin: by.origin() },
        });
      }
    }
    await this.#deps.writer.putAll([...pushes.values()], also);
  }

  /** What is in an image before itself, and what is attached to it after it. */
  async #listWhole(repository: RepositoryId, digest: Digest): Promise<readonly KeptManifest[]> {
    const { reader } = this.#deps.database;
    const found = await findManifestOf(reader, repository, digest);
    if (found === undefined) throw new OciError("MANIFEST_UNKNOWN", { digest });
    const { mediaType: contentType } = found;
    const bytes = Buffer.from(found.payload);
    const manifest = parseManifest({ bytes, contentType });
    const whole: KeptManifest[] = [];
    for (const child of manifest.children)
      whole.push(...(await this.#listWhole(repository, child.digest as Digest)));
    whole.push({ digest, contentType, bytes, manifest });
    for (const referrer of await listReferrerDigests(reader, repository, digest))
      whole.push(...(await this.#listWhole(repository, referrer)));
    return whole;
  }

  async #mount(
    { manifest: { config, layers } }: KeptManifest,
    wish: Parameters<BlobCommits["mount"]>[1],
  ): Promise<void> {
    for (const digest of new Set([config, ...layers].flatMap((one) => one?.digest ?? []))) {
      if (!(await this.#deps.commits.mount(digest, wish)))
        throw new OciError("MANIFEST_BLOB_UNKNOWN", { digest });
    }
  }

  #assertMay(): void {
    if (!this.#deps.isReadOnly) return;
    const message = "this hub is read-only for now (storage.readOnly)";
    throw new OciError("UNSUPPORTED", null, { message });
  }

  async #store(
    place: { readonly repository: Repository["name"]; readonly repositoryId: number },
    { digest, folder }: { readonly digest: Digest; readonly folder: string },
    by: By,
  ): Promise<void> {
    const path = join(folder, digestHex(digest));
    const { size: length } = await stat(path);
    const chunk = { source: createReadStream(path), range: undefined, length };
    const countedFor = by.principal.name;
    await this.#deps.uploads.receiveWhole({ ...place, ...by, countedFor, digest, chunk });
  }
}

function digestOf(bytes: Buffer): Digest {
  return toDigest("sha256", createHash("sha256").update(bytes).digest("hex"));
}
