import {
  AMD64,
  buildImage,
  type Content,
  content,
  type Descriptor,
  descriptor,
  type Image,
  json,
  OCI_MANIFEST,
} from "./images.ts";
import type { Randomness } from "./randomness.ts";

export const EMPTY_JSON = "application/vnd.oci.empty.v1+json";

export type ArtifactOptions = {
  readonly artifactType: string;
  readonly layers?: readonly Content[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
};

/** An image whose layers hold `layerBytes` random bytes each; two layers of 1 KiB unless given. */
export function randomImage(
  random: Randomness,
  layerBytes: readonly number[] = [1024, 1024],
): Image {
  return buildImage({ layers: layerBytes.map((size) => random.bytes(size)) });
}

/** A manifest that is no image: an empty config and an `artifactType`, such as a signature or an SBOM has. */
export function buildArtifact(options: ArtifactOptions): Image {
  const config = content(EMPTY_JSON, Buffer.from("{}"));
  const layers = options.layers ?? [config];
  const manifest = json(OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: options.artifactType,
    config: descriptor(config),
    layers: layers.map(descriptor),
    ...(options.subject && { subject: options.subject }),
    ...(options.annotations && { annotations: options.annotations }),
  });
  return { manifest, config, layers, platform: AMD64 };
}
