import { EMPTY_JSON } from "../harness/artifacts.ts";
import {
  AMD64,
  ARM64,
  content,
  type Descriptor,
  descriptor,
  digestOf,
  OCI_MANIFEST,
} from "../harness/images.ts";
import type { Randomness } from "../harness/randomness.ts";
import { type DataSet, EXAMPLE_1, EXAMPLE_2 } from "./data-set.ts";

type Build = (set: DataSet, random: Randomness) => void;

const ANNOTATIONS = { "org.example.conformance": "hello" };
const FOREIGN_LAYER = "application/vnd.oci.image.layer.nondistributable.v1.tar";

/** The kinds of data of the specification's own conformance suite: each is pushed, listed, pulled and deleted. */
export const DATA_SETS: Readonly<Record<string, Build>> = {
  "an image": (set) => {
    set.addImage({ tag: "image" });
  },
  "an image of uncompressed layers": (set) => {
    set.addImage({ tag: "image-uncompressed", isUncompressed: true });
  },
  "an image with a large manifest": (set) => {
    const annotations = Object.fromEntries(
      Array.from({ length: 390 }, (_, index) => [`large-${index}`, "A".repeat(10_000)]),
    );
    set.addImage({ tag: "large-manifest", annotations });
  },
  "an image without layers": (set) => {
    set.addImage({ tag: "no-layers", layerCount: 0 });
  },
  "an image whose descriptors carry data": (set) => {
    set.addImage({ tag: "data-field", hasData: true });
  },
  "an image with layers that live elsewhere": addForeignLayers,
  "an index": (set) => {
    set.addPlatforms({ tag: "index" });
  },
  "an index of indexes": (set) => {
    set.addIndex([set.addPlatforms(), set.addPlatforms()], { tag: "index-of-index" });
  },
  "an empty index": (set) => {
    set.addIndex([], { tag: "index" });
  },
  "documents with unknown fields": (set) => {
    set.addPlatforms({ tag: "custom-fields", hasUnknownField: true });
  },
  "an artifact": (set) => {
    set.addImage({ tag: "artifact", artifactType: EXAMPLE_1 });
  },
  "an artifact without layers": (set) => {
    const artifactLayer = content(EMPTY_JSON, Buffer.from("{}"));
    set.addImage({ tag: "artifact-without-layers", artifactType: EXAMPLE_1, artifactLayer });
  },
  "an index of artifacts": (set) => {
    set.addPlatforms({ tag: "artifact-index", artifactType: EXAMPLE_1 });
  },
  "artifacts with a subject": addSubjects,
  "an index with a subject": (set) => {
    const subject = set.addPlatforms({ tag: "index" });
    set.addPlatforms({
      subject,
      artifactType: EXAMPLE_1,
      annotations: ANNOTATIONS,
      tag: "tagged-artifact",
    });
  },
  "an artifact whose subject is missing": (set, random) => {
    const digest = digestOf(random.bytes(10));
    set.addImage({
      subject: { mediaType: OCI_MANIFEST, digest, size: 123 },
      artifactType: EXAMPLE_1,
      annotations: ANNOTATIONS,
      tag: "tagged-artifact",
    });
  },
  "an index named by sha512": (set) => {
    set.addPlatforms({ algorithm: "sha512" });
  },
};

/** Data pushed by digest, with the tags as parameters. */
export const TAG_PARAMETER_SETS: Readonly<Record<string, Build>> = {
  "an index with tag parameters": (set) => {
    set.addPlatforms();
    tagEverything(set, "tag-param-sha256");
  },
  "a sha512 index with tag parameters": (set) => {
    set.addPlatforms({ algorithm: "sha512" });
    tagEverything(set, "tag-param-sha512");
  },
};

/** Manifests that name what is not there: only registries that are told to take them do. */
export const SPARSE_SETS: Readonly<Record<string, Build>> = {
  "an image without one of its layers": (set) => {
    set.addImage({ tag: "sparse-image" });
    const [layer = ""] = set.blobs.keys();
    set.blobs.delete(layer);
  },
  "an index without one of its images": (set, random) => {
    const missing = { mediaType: OCI_MANIFEST, digest: digestOf(random.bytes(10)), size: 1024 };
    set.addIndex([withPlatform(set.addImage(), AMD64), withPlatform(missing, ARM64)], {
      tag: "sparse-index",
    });
  },
};

function addSubjects(set: DataSet): void {
  const subject = set.addImage({ tag: "image" });
  set.addImage({ subject });
  for (const [artifactType, tag] of [
    [EXAMPLE_1, "tagged-artifact1"],
    [EXAMPLE_2, "tagged-artifact2"],
  ] as const) {
    set.addImage({ subject, artifactType, annotations: ANNOTATIONS, tag });
  }
}

function addForeignLayers(set: DataSet, random: Randomness): void {
  const foreign = [`${FOREIGN_LAYER}+gzip`, FOREIGN_LAYER].map((mediaType) => {
    const digest = digestOf(random.bytes(256));
    const urls = [`https://store.example.com/blobs/${digest.replace(":", "/")}`];
    return { mediaType, digest, size: 123_456, urls };
  });
  const config = descriptor(set.addConfig());
  const layers = [...foreign, descriptor(set.addLayer())];
  set.addManifest({ config, layers }, { tag: "non-distributable-image" });
}

function withPlatform(child: Descriptor, platform: object): Descriptor {
  return { ...child, ...{ platform } };
}

/** One tag for each manifest, and a second one for the last. */
function tagEverything(set: DataSet, prefix: string): void {
  for (const [index, { digest }] of set.manifests.entries()) {
    set.tags.set(`${prefix}-${index}`, digest);
    set.tags.set(prefix, digest);
  }
}
