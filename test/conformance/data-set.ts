import { gzipSync } from "node:zlib";
import { EMPTY_JSON } from "../harness/artifacts.ts";
import {
  type Algorithm,
  AMD64,
  ARM64,
  type Content,
  content,
  type Descriptor,
  descriptor,
  json,
  OCI_INDEX,
  OCI_MANIFEST,
  type Platform,
} from "../harness/images.ts";
import type { Randomness } from "../harness/randomness.ts";
import { writeTar } from "../harness/tar.ts";

const CONFIG = "application/vnd.oci.image.config.v1+json";
const LAYER = "application/vnd.oci.image.layer.v1.tar";

/** What of a manifest and everything below it differs from a plain image. */
export type Variation = {
  readonly algorithm?: Algorithm;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Makes it an artifact with the empty config and one layer of this type. */
  readonly artifactType?: string;
  /** The bytes of an artifact's layer, and their type; random ones unless given. */
  readonly artifactLayer?: Content;
  readonly isUncompressed?: boolean;
  readonly layerCount?: number;
  readonly hasData?: boolean;
  /** Adds a field that no specification knows to every document. */
  readonly hasUnknownField?: boolean;
  readonly subject?: Descriptor;
  readonly tag?: string;
};

export type ReferrerEntry = Descriptor & {
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** Blobs and manifests of one kind that a registry has to take, list, give back and delete. */
export class DataSet {
  readonly blobs = new Map<string, Content>();
  /** Children before their parents. */
  readonly manifests: Content[] = [];
  readonly tags = new Map<string, string>();
  /** By the digest of their subject. */
  readonly referrers = new Map<string, ReferrerEntry[]>();
  readonly #random: Randomness;

  constructor(random: Randomness) {
    this.#random = random;
  }

  addBlob(blob: Content): Content {
    this.blobs.set(blob.digest, blob);
    return blob;
  }

  addLayer(variation: Variation = {}): Content {
    const tar = writeTar([{ name: "file", content: Buffer.from(this.#random.word(40)) }]);
    const { algorithm, isUncompressed } = variation;
    return this.addBlob(
      isUncompressed
        ? content(LAYER, tar, algorithm)
        : content(`${LAYER}+gzip`, gzipSync(tar), algorithm),
    );
  }

  addImage(variation: Variation = {}, platform: Platform = AMD64): Descriptor {
    const { artifactType, layerCount = 2 } = variation;
    const layers =
      artifactType === undefined
        ? Array.from({ length: layerCount }, () => this.addLayer(variation))
        : [this.#addArtifactLayer(variation, artifactType)];
    const config =
      artifactType === undefined
        ? this.addConfig(variation, platform)
        : this.addBlob(content(EMPTY_JSON, Buffer.from("{}"), variation.algorithm));
    const fields = {
      config: this.#describe(config, variation),
      layers: layers.map((layer) => this.#describe(layer, variation)),
    };
    return this.addManifest(fields, variation, artifactType ?? config.mediaType);
  }

  addConfig(variation: Variation = {}, platform: Platform = AMD64): Content {
    const fields = this.#vary({ ...platform, author: this.#random.word() }, variation);
    return this.addBlob(json(CONFIG, fields, variation.algorithm));
  }

  addManifest(
    fields: { readonly config: Descriptor; readonly layers: readonly Descriptor[] },
    variation: Variation,
    listedType: string = fields.config.mediaType,
  ): Descriptor {
    return this.#add({ mediaType: OCI_MANIFEST, ...fields }, variation, listedType);
  }

  addIndex(children: readonly Descriptor[], variation: Variation = {}): Descriptor {
    const fields = { mediaType: OCI_INDEX, manifests: children };
    return this.#add(fields, variation, variation.artifactType);
  }

  /** An index of images for two platforms, each with the same variation. */
  addPlatforms(variation: Variation = {}): Descriptor {
    const { subject: _, tag: __, ...below } = variation;
    const images = [AMD64, ARM64].map((platform) => ({
      ...this.addImage(below, platform),
      platform,
    }));
    return this.addIndex(images, variation);
  }

  #add(
    fields: { readonly mediaType: string },
    variation: Variation,
    listedType: string | undefined,
  ): Descriptor {
    const { artifactType, annotations, subject, tag } = variation;
    const document = {
      schemaVersion: 2,
      ...fields,
      ...(artifactType && { artifactType }),
      ...(subject && { subject }),
      ...(annotations && { annotations: { ...annotations, unique: this.#random.word() } }),
    };
    const varied = this.#vary(document, variation);
    const manifest = json(fields.mediaType, varied, variation.algorithm);
    this.manifests.push(manifest);
    if (tag !== undefined) this.tags.set(tag, manifest.digest);
    if (subject !== undefined) {
      this.#refer(subject, {
        ...descriptor(manifest),
        ...(listedType && { artifactType: listedType }),
        ...(document.annotations && { annotations: document.annotations }),
      });
    }
    return this.#describe(manifest, variation);
  }

  #refer(subject: Descriptor, entry: ReferrerEntry): void {
    const others = this.referrers.get(subject.digest) ?? [];
    this.referrers.set(subject.digest, [...others, entry]);
  }

  #addArtifactLayer(variation: Variation, artifactType: string): Content {
    const { artifactLayer, algorithm } = variation;
    return this.addBlob(
      artifactLayer ?? content(artifactType, this.#random.bytes(2048), algorithm),
    );
  }

  #vary(document: object, { hasUnknownField }: Variation): object {
    if (!hasUnknownField) return document;
    return { ...document, [`org.${this.#random.word()}`]: this.#random.word() };
  }

  #describe(each: Content, { hasData }: Variation): Descriptor {
    const plain = descriptor(each);
    return hasData ? { ...plain, ...{ data: each.bytes.toString("base64") } } : plain;
  }
}

export const EXAMPLE_1 = "application/vnd.example.oci.conformance.v1";
export const EXAMPLE_2 = "application/vnd.example.oci.conformance.v2";
