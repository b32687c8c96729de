/** What one layer may cost whoever looks at it. Images that people build stay far below; bombs do not. */
export interface LayerLimits {
  /** Of the plain archive. */
  readonly bytes: number;
  readonly entries: number;
  /** How many times its compressed size a layer may have once it is beyond `freeBytes`: gzip reaches 1,032 with nothing but zeros. */
  readonly ratio: number;
  readonly freeBytes: number;
  readonly pathBytes: number;
  readonly pathDepth: number;
  /** Of one header that says more than fits into 512 bytes. */
  readonly headerBytes: number;
  /** Memory that zstd may ask for. */
  readonly windowBytes: number;
  /** Packages in all files of the layer together. */
  readonly packages: number;
  readonly milliseconds: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

export const LAYER_LIMITS: LayerLimits = {
  bytes: 32 * 1024 * MIB,
  entries: 2_000_000,
  ratio: 200,
  freeBytes: 256 * MIB,
  // PATH_MAX of Linux: no container could open anything longer.
  pathBytes: 4 * KIB,
  pathDepth: 256,
  // What Go's archive/tar, and with it every engine, takes.
  headerBytes: MIB,
  // What `zstd -d` takes without being told otherwise.
  windowBytes: 128 * MIB,
  packages: 200_000,
  milliseconds: 5 * 60_000,
};
