import type { ServerRole } from "../../src/trust/tuf/roles.ts";
import { makeRootKey, Repository } from "../../src/trust/tuf/tuf.fixture.ts";

const BOUNDARY = "a-boundary";

export interface TrustAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was answered
  readonly body: any;
}

/** What an upload holds, as clients send it. */
export function toForm(files: Readonly<Record<string, Buffer | string>>): {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
} {
  const parts = Object.entries(files).map(
    ([role, bytes]) =>
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="${role}"\r\nContent-Type: application/octet-stream\r\n\r\n${bytes}\r\n`,
  );
  return {
    headers: { "content-type": `multipart/form-data; boundary=${BOUNDARY}` },
    body: `${parts.join("")}--${BOUNDARY}--\r\n`,
  };
}

/** Speaks Notary's API to a hub, about one name, as one person. */
export class TrustClient {
  readonly gun: string;
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(
    place: { readonly url: string; readonly gun: string },
    headers: Readonly<Record<string, string>> = {},
  ) {
    this.gun = place.gun;
    this.#base = `${place.url}/v2/${place.gun}/_trust/`;
    this.#headers = headers;
  }

  async ask(method: string, path: string, init: RequestInit = {}): Promise<TrustAnswer> {
    const headers = { ...this.#headers, ...(init.headers as Record<string, string>) };
    // The address as it is, since a name may hold "//".
    const response = await fetch(this.#base + path, { ...init, method, headers });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== "" ? JSON.parse(text) : text,
    };
  }

  async publish(files: Readonly<Record<string, Buffer | string>>): Promise<TrustAnswer> {
    return await this.ask("POST", "tuf/", toForm(files));
  }

  /** A repository whose root names the keys that the hub holds. */
  async initialise(): Promise<Repository> {
    const repository = new Repository(makeRootKey(this.gun));
    await this.nameKeys(repository, "snapshot", "timestamp");
    const answer = await this.publish({
      root: repository.signRoot(),
      targets: repository.signTargets(),
    });
    if (answer.status !== 200) throw new Error(`the hub said ${JSON.stringify(answer.body)}`);
    return repository;
  }

  async nameKeys(repository: Repository, ...roles: readonly ServerRole[]): Promise<void> {
    for (const role of roles) {
      const { body } = await this.ask("GET", `tuf/${role}.key`);
      repository.nameServerKey(role, { type: body.keytype, public: body.keyval.public });
    }
  }
}
