import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { noteAuthorization, noteSecretsIn } from "./canaries.ts";
import { startHub } from "./hub.ts";

export const ROOT = { name: "admin", password: "the first administrator" };
export const SENTENCE = "a long enough sentence";

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was answered
  readonly body: any;
}

interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** One caller of a hub's HTTP API; nobody without credentials. */
export function callerOf(url: string, credentials?: Credentials) {
  const headers =
    credentials === undefined
      ? {}
      : {
          authorization: `Basic ${Buffer.from(`${credentials.name}:${credentials.password}`).toString("base64")}`,
        };
  if (headers.authorization !== undefined) noteAuthorization(headers.authorization);
  return async (request: string, body?: unknown): Promise<ApiAnswer> => {
    const [method = "GET", path = "/"] = request.split(" ");
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        ...headers,
        ...(body === undefined ? {} : { "content-type": contentTypeOf(body) }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    noteSecretsIn(text);
    return { status: response.status, headers: response.headers, body: parse(text) };
  };
}

/** A manifest is sent as what it says it is. */
export function contentTypeOf(body: unknown): string {
  const { mediaType } = { ...(body as { readonly mediaType?: string }) };
  return mediaType ?? "application/json";
}

function parse(text: string): unknown {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}

/** A hub in the mode `accounts`, in this process. */
export async function startAccountsHub(
  options: { settings?: Readonly<Record<string, string>>; clock?: () => Date } = {},
) {
  const hub = await startHub({
    ...options,
    settings: { "access.mode": "accounts", adminPassword: ROOT.password, ...options.settings },
  });
  const root = callerOf(hub.url, ROOT);
  return {
    ...hub,
    root,
    anonymous: callerOf(hub.url),
    as: (name: string, password: string = SENTENCE) => callerOf(hub.url, { name, password }),
    /** Users of that name, all with the same password. */
    async addUsers(...names: readonly string[]) {
      for (const name of names) {
        await done(root("POST /api/v1/users", { name, password: SENTENCE }));
      }
    },
    async addOrganization(name: string, members: Readonly<Record<string, string>> = {}) {
      await done(root("POST /api/v1/organizations", { name }));
      for (const [user, role] of Object.entries(members)) {
        await done(root(`PUT /api/v1/organizations/${name}/members/${user}`, { role }));
      }
    },
    /** What is kept of somebody's password. */
    passwordOf(name: string) {
      using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"), { readOnly: true });
      const row = database.prepare("select password from accounts where name = ?").get(name);
      return String(row?.password);
    },
    /** Everything that is kept of people, as text: for looking up what must not be in it. */
    dump() {
      using database = new DatabaseSync(join(hub.dataDirectory, "berth.db"), { readOnly: true });
      const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
      return JSON.stringify(
        tables.map(({ name }) => database.prepare(`select * from "${String(name)}"`).all()),
      );
    },
    /** Pushes one small image by the registry's own API, and answers its digest. */
    async push(credentials: Credentials, image: string) {
      return await push(hub.url, credentials, image);
    },
  };
}

/** Throws unless the hub did as it was asked. */
export async function done(answer: Promise<ApiAnswer>): Promise<ApiAnswer> {
  const { status, body, headers } = await answer;
  if (status >= 300) throw new Error(`the hub answered ${status}: ${JSON.stringify(body)}`);
  return { status, body, headers };
}

const EMPTY = "{}";
const EMPTY_DIGEST = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

const EMPTY_CONFIG = {
  mediaType: "application/vnd.oci.empty.v1+json",
  digest: EMPTY_DIGEST,
  size: 2,
};

/** Pushes the config of an image that has none; answers its descriptor. */
export async function pushEmptyBlob(url: string, credentials: Credentials, name: string) {
  const { status } = await sendEmptyBlob(url, basicOf(credentials), name);
  if (status !== 201) throw new Error(`the hub answered ${status}`);
  return EMPTY_CONFIG;
}

async function sendEmptyBlob(url: string, authorization: string, name: string) {
  return await fetch(`${url}/v2/${name}/blobs/uploads/?digest=${EMPTY_DIGEST}`, {
    method: "POST",
    headers: { authorization, "content-type": "application/octet-stream" },
    body: EMPTY,
  });
}

function basicOf({ name, password }: Credentials): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
}

/** Pushes one small image; answers 201, or the first refusal. */
export async function push(url: string, credentials: Credentials, image: string) {
  const [name = "", tag = "latest"] = image.split(":");
  const authorization = basicOf(credentials);
  const blob = await sendEmptyBlob(url, authorization, name);
  if (blob.status !== 201) return { status: blob.status, message: await messageOf(blob) };
  const config = EMPTY_CONFIG;
  const manifest = await fetch(`${url}/v2/${name}/manifests/${tag}`, {
    method: "PUT",
    headers: { authorization, "content-type": "application/vnd.oci.image.manifest.v1+json" },
    body: JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config,
      layers: [config],
      annotations: { "org.opencontainers.image.title": image },
    }),
  });
  return {
    status: manifest.status,
    message: manifest.status === 201 ? "" : await messageOf(manifest),
  };
}

async function messageOf(response: Response): Promise<string> {
  const { errors } = (await response.json()) as { errors: { message: string }[] };
  return errors[0]?.message ?? "";
}
