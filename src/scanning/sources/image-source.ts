import type { ReadableLayer } from "../layers/analyse-layer.ts";

/** What an image's configuration says that scanning needs. */
export interface ImageConfig {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly created?: string;
  /** Of each layer, from the bottom. */
  readonly diffIds: readonly string[];
  /** What made the layers, in their order; steps that made none are marked. */
  readonly history: readonly HistoryStep[];
}

interface HistoryStep {
  readonly createdBy: string;
  readonly isEmptyLayer: boolean;
}

/** An image whose configuration was proven and whose layers can be read: of a file, of a directory, of a hub. */
export interface ImageSource {
  /** What the image is called where it lies. */
  readonly names: readonly string[];
  /** Digest of the manifest, where there is one. */
  readonly digest?: string;
  readonly config: ImageConfig;
  /** The same as it is written, for those who look for more in it. */
  readonly configJson: string;
  readonly layers: readonly ReadableLayer[];
}

/** An image that cannot be read as what it claims to be; the sentence says what to do about it. */
export class ImageUnreadable extends Error {
  override readonly name = "ImageUnreadable";
}
