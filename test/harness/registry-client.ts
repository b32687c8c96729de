import { Readable } from "node:stream";
import { Pool } from "undici";
import type { User } from "./client.ts";
import {
  type Content,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  digestOf,
  type Image,
  type ImageIndex,
  OCI_INDEX,
  OCI_MANIFEST,
} from "./images.ts";

export type Answer = {
  readonly status: number;
  /** Names in lower case; a header that came several times is joined with commas. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
};

type Headers = Readonly<Record<string, string | readonly string[]>>;

export type RegistryRequest = {
  readonly headers?: Headers;
  /** A Buffer goes with its Content-Length, an iterable in chunked transfer coding. */
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
};

/** What current clients say they can read. */
const ANY_MANIFEST: Headers = {
  accept: [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST, "*/*"].join(", "),
};

export class UnexpectedAnswer extends Error {
  override readonly name = "UnexpectedAnswer";
  readonly answer: Answer;

  constructor(what: string, answer: Answer) {
    super(`${what} was answered with ${answer.status}: ${answer.body.toString().slice(0, 500)}`);
    this.answer = answer;
  }
}

/** Speaks the distribution API. Paths go out exactly as given: nothing is normalised, decoded or followed. */
export class RegistryClient implements AsyncDisposable {
  readonly url: string;
  readonly #pool: Pool;
  readonly #authorization: string | undefined;

  constructor(url: string, options: { user?: User; connections?: number } = {}) {
    this.url = url.replace(/\/+$/, "");
    this.#pool = new Pool(this.url, { connections: options.connections ?? 32 });
    this.#authorization = options.user && basicAuthorization(options.user);
  }

  /** Header lines that prove who is asking, for requests that a test writes itself. */
  get credentials(): readonly string[] {
    return this.#authorization === undefined ? [] : [`Authorization: ${this.#authorization}`];
  }

  /** host:port, as raw connections want it. */
  get host(): string {
    return new URL(this.url).host;
  }

  async send(method: string, path: string, request: RegistryRequest = {}): Promise<Answer> {
    const { statusCode, headers, body } = await this.#pool.request({
      method,
      path,
      headers: {
        ...(this.#authorization && { authorization: this.#authorization }),
        ...(request.headers as Record<string, string | string[]>),
      },
      body: bodyOf(request),
    });
    return { status: statusCode, headers: joined(headers), body: Buffer.from(await body.bytes()) };
  }

  get(path: string, headers: Headers = {}): Promise<Answer> {
    return this.send("GET", path, { headers });
  }

  head(path: string, headers: Headers = {}): Promise<Answer> {
    return this.send("HEAD", path, { headers });
  }

  delete(path: string): Promise<Answer> {
    return this.send("DELETE", path);
  }

  getManifest(
    repository: string,
    reference: string,
    headers: Headers = ANY_MANIFEST,
  ): Promise<Answer> {
    return this.get(manifestPath(repository, reference), headers);
  }

  headManifest(
    repository: string,
    reference: string,
    headers: Headers = ANY_MANIFEST,
  ): Promise<Answer> {
    return this.head(manifestPath(repository, reference), headers);
  }

  getBlob(repository: string, digest: string, headers: Headers = {}): Promise<Answer> {
    return this.get(blobPath(repository, digest), headers);
  }

  headBlob(repository: string, digest: string): Promise<Answer> {
    return this.head(blobPath(repository, digest));
  }

  putManifest(repository: string, reference: string, manifest: Content): Promise<Answer> {
    return this.send("PUT", manifestPath(repository, reference), {
      headers: { "content-type": manifest.mediaType },
      body: manifest.bytes,
    });
  }

  /** Opens an upload session and gives its location. */
  async startUpload(repository: string, query = ""): Promise<string> {
    const answer = await this.send("POST", `/v2/${repository}/blobs/uploads/${query}`);
    return locationOf(expectStatus(answer, 202, "starting an upload"));
  }

  patch(location: string, bytes: Uint8Array, headers: Headers = {}): Promise<Answer> {
    return this.send("PATCH", location, {
      headers: { "content-type": "application/octet-stream", ...headers },
      body: bytes,
    });
  }

  /** Closes an upload session, with its last bytes if there are any. */
  finishUpload(location: string, digest: string, request: RegistryRequest = {}): Promise<Answer> {
    return this.send("PUT", withQuery(location, { digest }), {
      ...request,
      headers: { "content-type": "application/octet-stream", ...request.headers },
    });
  }

  /** Pushes bytes as POST and PUT; gives their digest. */
  async pushBlob(repository: string, bytes: Buffer, digest = digestOf(bytes)): Promise<string> {
    const location = await this.startUpload(repository);
    const answer = await this.finishUpload(location, digest, { body: bytes });
    expectStatus(answer, 201, `pushing blob ${digest}`);
    return digest;
  }

  async pushManifest(repository: string, reference: string, manifest: Content): Promise<Answer> {
    const answer = await this.putManifest(repository, reference, manifest);
    return expectStatus(answer, 201, `pushing manifest ${repository}:${reference}`);
  }

  /** Pushes all blobs, children first, and the manifest last, as every client does. */
  async push(repository: string, reference: string, source: Image | ImageIndex): Promise<Answer> {
    if ("images" in source) {
      for (const image of source.images) await this.push(repository, image.manifest.digest, image);
    } else {
      const blobs = [source.config, ...source.layers];
      await Promise.all(blobs.map(({ bytes, digest }) => this.pushBlob(repository, bytes, digest)));
    }
    return this.pushManifest(repository, reference, source.manifest);
  }

  /** Pulls an image with everything in it and throws unless every byte is what was pushed. */
  async assertPullable(
    repository: string,
    reference: string,
    source: Image | ImageIndex,
  ): Promise<void> {
    const manifest = await this.getManifest(repository, reference);
    assertSame(manifest, source.manifest, `manifest ${repository}:${reference}`);
    if ("images" in source) {
      for (const image of source.images) {
        await this.assertPullable(repository, image.manifest.digest, image);
      }
      return;
    }
    for (const blob of [source.config, ...source.layers]) {
      assertSame(await this.getBlob(repository, blob.digest), blob, `blob ${blob.digest}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }
}

export function manifestPath(repository: string, reference: string): string {
  return `/v2/${repository}/manifests/${reference}`;
}

export function blobPath(repository: string, digest: string): string {
  return `/v2/${repository}/blobs/${digest}`;
}

export function basicAuthorization({ name, password }: User): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}

/** The path of the `Location` header, whether it was absolute or relative. */
export function locationOf(answer: Answer): string {
  const { location } = answer.headers;
  if (location === undefined) throw new UnexpectedAnswer("a request without Location", answer);
  if (location.startsWith("/")) return location;
  const { pathname, search } = new URL(location);
  return pathname + search;
}

export function withQuery(location: string, parameters: Readonly<Record<string, string>>): string {
  const separator = location.includes("?") ? "&" : "?";
  return location + separator + new URLSearchParams(parameters).toString();
}

export function expectStatus(answer: Answer, status: number, what: string): Answer {
  if (answer.status !== status) throw new UnexpectedAnswer(what, answer);
  return answer;
}

function assertSame(answer: Answer, content: Content, what: string): void {
  expectStatus(answer, 200, `pulling ${what}`);
  if (answer.body.equals(content.bytes)) return;
  throw new Error(`${what} came back with ${answer.body.length} other bytes`);
}

function bodyOf({ body }: RegistryRequest) {
  if (body === undefined || typeof body === "string") return body ?? null;
  return body instanceof Uint8Array ? body : Readable.from(body);
}

function joined(headers: Readonly<Record<string, string | string[] | undefined>>) {
  const entries = Object.entries(headers);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
}
