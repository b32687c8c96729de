import type { Artifact, BlobFile } from "./content.ts";

export type PeerName = "berth" | "docker-registry" | "nginx";

/** A server under test, with a data directory of its own on the disk that all of them share. */
export interface Peer extends AsyncDisposable {
  readonly name: PeerName;
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** The process whose whole tree is metered. */
  readonly pid: number;
  readonly dataDirectory: string;
  publishBlob(repository: string, blob: BlobFile): Promise<void>;
  publishManifest(repository: string, tag: string, manifest: Artifact): Promise<void>;
}
