import { createWriteStream } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Client, type Dispatcher } from "undici";
import { z } from "zod";
import { BuildFailed } from "./build-failed.ts";
import { type BuilderAddress, readTlsFiles } from "./buildkit/connections.ts";

const version = z.object({ Version: z.string(), ApiVersion: z.string(), Os: z.string() });
const image = z.object({ Id: z.string() });

/** The few calls of the Docker Engine API that a build needs beside BuildKit's own. */
export class DockerEngineApi implements AsyncDisposable {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  static async open(address: BuilderAddress): Promise<DockerEngineApi> {
    const { url } = address;
    const options = { headersTimeout: 300_000, bodyTimeout: 300_000 };
    if (url.protocol === "unix:") {
      const socketPath = decodeURIComponent(url.pathname);
      return new DockerEngineApi(new Client("http://docker", { ...options, socketPath }));
    }
    const connect = await readTlsFiles(address);
    const origin = `${connect === undefined ? "http" : "https"}://${url.host}`;
    return new DockerEngineApi(new Client(origin, { ...options, ...(connect && { connect }) }));
  }

  async version(signal: AbortSignal): Promise<z.output<typeof version>> {
    const { body } = await this.#ask({ method: "GET", path: "/version", signal }, [200]);
    return version.parse(await body.json());
  }

  /** Without a network of its own, an engine gives builds none. */
  async hasBridge(signal: AbortSignal): Promise<boolean> {
    const wish = { method: "GET", path: "/networks/bridge", signal } as const;
    const { statusCode, body } = await this.#ask(wish, [200, 404]);
    await body.dump();
    return statusCode === 200;
  }

  /** Undefined when it has no image of that name. */
  async findImage(name: string, signal: AbortSignal): Promise<string | undefined> {
    const path = `/images/${encodeURIComponent(name)}/json`;
    const { statusCode, body } = await this.#ask({ method: "GET", path, signal }, [200, 404]);
    if (statusCode === 200) return image.parse(await body.json()).Id;
    await body.dump();
    return undefined;
  }

  /** What `docker save` writes. */
  async save(name: string, file: string, signal: AbortSignal): Promise<void> {
    const path = `/images/${encodeURIComponent(name)}/get`;
    const { body } = await this.#ask({ method: "GET", path, signal }, [200]);
    await pipeline(body, createWriteStream(file), { signal });
  }

  /** What `docker load` reads. */
  async load(archive: Readable, signal: AbortSignal): Promise<void> {
    const wish = {
      ...{ method: "POST", path: "/images/load?quiet=1", signal, body: archive },
      headers: { "content-type": "application/x-tar" },
    } as const;
    const { body } = await this.#ask(wish, [200]);
    const text = await body.text();
    // The answer begins before the engine has read everything.
    const [, why] = /"error":"((?:[^"\\]|\\.)*)"/.exec(text) ?? [];
    if (why !== undefined) throw new BuildFailed(`the Docker Engine cannot load a base: ${why}`);
  }

  /** The name alone, where others name the same image. */
  async untag(name: string): Promise<void> {
    const path = `/images/${encodeURIComponent(name)}`;
    const { body } = await this.#ask({ method: "DELETE", path }, [200, 404]);
    await body.dump();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.destroy();
  }

  async #ask(
    wish: Dispatcher.RequestOptions,
    expected: readonly number[],
  ): Promise<Dispatcher.ResponseData> {
    const answer = await this.#client.request(wish);
    if (expected.includes(answer.statusCode)) return answer;
    const text = (await answer.body.text()).slice(0, 500);
    throw new Error(`the Docker Engine answered ${answer.statusCode}: ${text}`);
  }
}
