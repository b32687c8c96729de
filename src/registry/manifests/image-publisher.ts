import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { TagRule } from "../../access/index.ts";
import { type Digest, digestHex, toDigest } from "../../oci/digest.ts";
import { OciError } from "../../oci/error.ts";
import { parseManifest } from "../../oci/manifest.ts";
import type { Tag } from "../../oci/tag.ts";
import type { Repository } from "../../repositories/index.ts";
import type { By } from "../store/repository-events.ts";
import type { Uploads } from "../uploads/uploads.ts";
import type { ManifestWriter } from "./manifest-writer.ts";

interface PublisherDeps {
  readonly uploads: Pick<Uploads, "receiveWhole">;
  readonly writer: Pick<ManifestWriter, "put">;
  readonly isReadOnly: boolean;
}

/** An image as files: `manifest.json`, and each blob under the hexadecimal part of its digest. */
export interface ImageFiles {
  readonly folder: string;
  readonly tags: readonly Tag[];
  readonly tagRules: readonly TagRule[] | undefined;
  /** No tag moves once it is aborted. */
  readonly signal?: AbortSignal;
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
    if (this.#deps.isReadOnly) {
      const message = "this hub is read-only for now (storage.readOnly)";
      throw new OciError("UNSUPPORTED", null, { message });
    }
    const place = { repository: name, repositoryId: id };
    const bytes = await readFile(join(image.folder, "manifest.json"));
    const manifest = parseManifest({ bytes, contentType: undefined });
    const blobs = new Set(
      [manifest.config, ...manifest.layers].flatMap((one) => one?.digest ?? []),
    );
    for (const digest of blobs) {
      image.signal?.throwIfAborted();
      await this.#store(place, { digest, folder: image.folder }, by);
    }
    image.signal?.throwIfAborted();
    const reference = { kind: "digest", digest: digestOf(bytes) } as const;
    const { digest } = await this.#deps.writer.put({
      ...place,
      ...{ reference, tags: image.tags, contentType: manifest.mediaType, bytes },
      condition: { ifMatch: undefined, ifNoneMatch: undefined },
      tagRules: image.tagRules,
      ...{ principal: by.principal, origin: by.origin() },
    });
    return digest;
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
