/** Why the content of an image is not looked at. */
export const LAYER_REFUSALS = {
  TOO_MANY_BYTES: "the layer holds more bytes than are allowed",
  TOO_MANY_ENTRIES: "the layer holds more files than are allowed",
  RATIO_TOO_HIGH: "the layer grows more by decompression than is allowed",
  PATH_TOO_LONG: "the layer holds a path that is longer than is allowed",
  PATH_TOO_DEEP: "the layer holds a path of more directories than are allowed",
  HEADER_TOO_LARGE: "the layer holds a header that is larger than is allowed",
  WINDOW_TOO_LARGE: "the layer asks for more memory to be decompressed than is allowed",
  TOO_MUCH_MEMORY: "the layer took more memory than is allowed",
  TOO_SLOW: "the layer took longer than is allowed",
  TOO_MANY_PACKAGES: "the layer names more packages than are allowed",
  UNKNOWN_COMPRESSION: "the layer is compressed by something else than gzip or zstd",
  CORRUPT: "the layer is not a whole archive",
  DIFFERENT_CONTENT: "the layer is not the one that the image's configuration names",
} as const satisfies Record<string, string>;

/** A layer that nobody may learn anything from: neither a part of it nor an empty report, which would read as "nothing found". */
export class LayerRefused extends Error {
  override readonly name = "LayerRefused";
  readonly code: keyof typeof LAYER_REFUSALS;
  /** What the sentence of the code leaves open; empty if that is nothing. */
  readonly detail: string;

  constructor(code: keyof typeof LAYER_REFUSALS, detail = "", options?: ErrorOptions) {
    super(LAYER_REFUSALS[code] + (detail === "" ? "" : `: ${detail}`), options);
    this.code = code;
    this.detail = detail;
  }
}
