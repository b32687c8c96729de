import { buffer } from "node:stream/consumers";
import type { Kysely } from "kysely";
import type { z } from "zod";
import type { sbomComparison } from "../../contract/scans.ts";
import { type Digest, isDigest } from "../../oci/digest.ts";
import { OciError } from "../../oci/error.ts";
import { type Manifest, parseManifest } from "../../oci/manifest.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { RegistryTables } from "../../registry/index.ts";
import type { Repository } from "../../repositories/index.ts";
import type { PlacedPackage } from "../inventory/model.ts";
import { type OtherPackage, readOtherSbom } from "../sbom/read-bill.ts";

type Compared = z.output<typeof sbomComparison>["sboms"][number];

interface OtherSbomDeps {
  readonly db: Kysely<RegistryTables>;
  readonly blobs: Pick<BlobStore, "read" | "size">;
}

/** On what the hub attached itself, which says nothing new. */
export const OWN_SBOM = "dev.berth.sbom";

/** What is read of one document, and how many are; differences beyond that nobody reads. */
const DOCUMENT_BYTES = 16 * 1024 * 1024;
const DOCUMENTS = 20;
const SHOWN = 1000;

/** Bills of materials that came with an image: its referrers, and what BuildKit lists beside it in an index. */
export class OtherSboms {
  readonly #deps: OtherSbomDeps;

  constructor(deps: OtherSbomDeps) {
    this.#deps = deps;
  }

  async compare(
    place: Pick<Repository, "id">,
    image: { readonly digest: Digest; readonly packages: readonly PlacedPackage[] },
  ): Promise<readonly Compared[]> {
    const compared: Compared[] = [];
    for (const { digest, from, manifest } of await this.#list(place, image.digest)) {
      for (const layer of manifest.layers) {
        const found = readOtherSbom(await this.#readJson(layer));
        if (found === undefined) continue;
        const { format, tool, packages } = found;
        const differences = differ(image.packages, packages);
        compared.push({ digest, from, format, tool, packages: packages.length, ...differences });
      }
    }
    return compared.slice(0, DOCUMENTS);
  }

  async #list({ id }: Pick<Repository, "id">, subject: Digest) {
    const referrers = await this.#select(id)
      .where("subject", "=", subject)
      .limit(DOCUMENTS * 10)
      .execute();
    const indexes = await this.#deps.db
      .selectFrom("manifest_references")
      .innerJoin("manifests", "manifests.id", "manifest_references.manifest_id")
      .select(["manifests.digest", "manifests.payload", "manifests.media_type as mediaType"])
      .where("manifest_references.repository_id", "=", id)
      .where("manifest_references.digest", "=", subject)
      .where("manifest_references.kind", "=", "child")
      .limit(DOCUMENTS)
      .execute();
    const beside = indexes.flatMap((row) =>
      (readManifest(row)?.children ?? [])
        .filter((child) => child.annotations?.["vnd.docker.reference.digest"] === subject)
        .map((child) => child.digest),
    );
    const attestations =
      beside.length === 0
        ? []
        : await this.#select(id).where("digest", "in", beside.slice(0, DOCUMENTS)).execute();
    return [
      ...referrers.map((row) => ({ ...row, from: "referrer" as const })),
      ...attestations.map((row) => ({ ...row, from: "attestation" as const })),
    ].flatMap(({ digest, from, ...row }) => {
      const manifest = readManifest(row);
      const isOwn = manifest?.annotations?.[OWN_SBOM] !== undefined;
      return manifest === undefined || isOwn ? [] : { digest, from, manifest };
    });
  }

  #select(id: Repository["id"]) {
    return this.#deps.db
      .selectFrom("manifests")
      .select(["digest", "payload", "media_type as mediaType"])
      .where("repository_id", "=", id);
  }

  async #readJson({ digest }: Manifest["layers"][number]): Promise<unknown> {
    const { blobs } = this.#deps;
    const size = isDigest(digest) ? await blobs.size(digest) : undefined;
    if (size === undefined || size > DOCUMENT_BYTES) return undefined;
    const stream = await blobs.read(digest);
    if (stream === undefined) return undefined;
    try {
      return JSON.parse((await buffer(stream)).toString("utf8"));
    } catch (cause) {
      if (cause instanceof SyntaxError) return undefined;
      throw cause;
    }
  }
}

/** What was adopted from another registry may be no manifest by our measure. */
function readManifest(row: {
  readonly payload: Uint8Array;
  readonly mediaType: string;
}): Manifest | undefined {
  try {
    return parseManifest({ bytes: row.payload, contentType: row.mediaType });
  } catch (cause) {
    if (cause instanceof OciError) return undefined;
    throw cause;
  }
}

function differ(
  ours: readonly PlacedPackage[],
  theirs: readonly OtherPackage[],
): Pick<Compared, "onlyHere" | "onlyThere"> {
  const keyOf = ({ type, name, version }: OtherPackage) =>
    `${type} ${name.toLowerCase()} ${version}`;
  const [here, there] = [ours, theirs].map(
    (packages) => new Map(packages.map((one) => [keyOf(one), one])),
  );
  const without = (
    all = new Map<string, OtherPackage>(),
    others = new Map<string, OtherPackage>(),
  ) =>
    [...all]
      .filter(([key]) => !others.has(key))
      .map(([, { type, name, version }]) => ({ type, name, version }))
      .slice(0, SHOWN);
  return { onlyHere: without(here, there), onlyThere: without(there, here) };
}
