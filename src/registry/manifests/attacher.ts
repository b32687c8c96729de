import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { type Digest, toDigest } from "../../oci/digest.ts";
import { OciError } from "../../oci/error.ts";
import type { Repository } from "../../repositories/index.ts";
import type { By } from "../store/repository-events.ts";
import type { Uploads } from "../uploads/uploads.ts";
import type { ManifestWriter } from "./manifest-writer.ts";

interface AttacherDeps {
  readonly uploads: Pick<Uploads, "receiveWhole">;
  readonly writer: Pick<ManifestWriter, "put">;
  readonly isReadOnly: boolean;
}

/** A document about a manifest of the repository. */
export interface Attachment {
  readonly subject: { readonly mediaType: string; readonly digest: Digest; readonly size: number };
  /** Also of the bytes. */
  readonly artifactType: string;
  readonly document: Buffer;
  readonly annotations: Readonly<Record<string, string>>;
}

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const EMPTY = { mediaType: "application/vnd.oci.empty.v1+json", bytes: Buffer.from("{}") };

/** Pushes documents of the hub's own beside manifests, as their referrers: quotas and rules hold as for any push. */
export class Attacher {
  readonly #deps: AttacherDeps;

  constructor(deps: AttacherDeps) {
    this.#deps = deps;
  }

  /** The same document attached twice is one. Whether `by` may push was decided before. */
  async attach(
    { id, name }: Pick<Repository, "id" | "name">,
    { subject, artifactType, document, annotations }: Attachment,
    by: By,
  ): Promise<Digest> {
    if (this.#deps.isReadOnly) {
      const message = "this hub is read-only for now (storage.readOnly)";
      throw new OciError("UNSUPPORTED", null, { message });
    }
    const place = { repository: name, repositoryId: id };
    const config = await this.#store(place, EMPTY, by);
    const layer = await this.#store(place, { mediaType: artifactType, bytes: document }, by);
    const manifest = {
      ...{ schemaVersion: 2, mediaType: MANIFEST, artifactType, config },
      ...{ layers: [layer], subject, annotations },
    };
    const bytes = Buffer.from(JSON.stringify(manifest));
    const digest = digestOf(bytes);
    await this.#deps.writer.put({
      ...place,
      ...{ reference: { kind: "digest", digest }, tags: [], contentType: MANIFEST, bytes },
      condition: { ifMatch: undefined, ifNoneMatch: undefined },
      tagRules: undefined,
      ...{ principal: by.principal, origin: by.origin() },
    });
    return digest;
  }

  async #store(
    place: { readonly repository: Repository["name"]; readonly repositoryId: number },
    { mediaType, bytes }: { readonly mediaType: string; readonly bytes: Buffer },
    by: By,
  ) {
    const digest = digestOf(bytes);
    const chunk = { source: Readable.from([bytes]), range: undefined, length: bytes.length };
    const countedFor = by.principal.name;
    await this.#deps.uploads.receiveWhole({ ...place, ...by, countedFor, digest, chunk });
    return { mediaType, digest, size: bytes.length };
  }
}

function digestOf(bytes: Buffer): Digest {
  return toDigest("sha256", createHash("sha256").update(bytes).digest("hex"));
}
