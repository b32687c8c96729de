import { expect } from "vitest";
import { buildImage, digestOf, type Image } from "../harness/images.ts";
import { exchange } from "../harness/raw-http.ts";
import type { Stage } from "./stage.ts";

export const DOCKER = "User-Agent: docker/20.10.24 go/go1.19.8 kernel/6.1 os/linux arch/amd64";

/** Sends what clients were seen to send, byte by byte. */
export class RawClient {
  readonly #stage: Pick<Stage, "hub">;

  constructor(stage: Pick<Stage, "hub">) {
    this.#stage = stage;
  }

  readonly ask = (lines: readonly string[], body: string | Uint8Array = "") =>
    exchange(this.#stage.hub.host, lines, body);

  /** POST as docker does, and the path it is to go on with. */
  readonly startUpload = async (repository: string): Promise<string> => {
    const answer = await this.ask([
      `POST /v2/${repository}/blobs/uploads/ HTTP/1.1`,
      ...[DOCKER, "Content-Length: 0", "Accept-Encoding: gzip", "Connection: close"],
    ]);
    expect(answer.status).toBe(202);
    return answer.headers.get("location") ?? "";
  };

  readonly pushBlob = async (repository: string, bytes: Uint8Array): Promise<string> => {
    const digest = digestOf(bytes);
    const location = await this.startUpload(repository);
    const answer = await this.ask(
      [
        `PUT ${closing(location, digest)} HTTP/1.1`,
        `Content-Length: ${bytes.length}`,
        "Connection: close",
      ],
      bytes,
    );
    expect(answer.status).toBe(201);
    return digest;
  };

  readonly pushImage = async (repository: string, tag = "1"): Promise<Image> => {
    const image = buildImage();
    const { mediaType, bytes: manifest } = image.manifest;
    for (const { bytes } of [image.config, ...image.layers]) await this.pushBlob(repository, bytes);
    await this.putManifest(`${repository}/manifests/${tag}`, mediaType, manifest);
    return image;
  };

  readonly putManifest = (path: string, mediaType: string, bytes: Uint8Array) =>
    this.ask(
      [
        `PUT /v2/${path} HTTP/1.1`,
        `Content-Type: ${mediaType}`,
        `Content-Length: ${bytes.length}`,
        "Connection: close",
      ],
      bytes,
    );
}

/** The closing PUT's path: docker adds the digest with & or ? as the location demands, its colon escaped. */
export function closing(location: string, digest: string): string {
  const separator = location.includes("?") ? "&" : "?";
  return `${location}${separator}digest=${encodeURIComponent(digest)}`;
}
