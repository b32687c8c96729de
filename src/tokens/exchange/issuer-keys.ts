import { readFile } from "node:fs/promises";
import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWSHeaderParameters,
} from "jose";
import { z } from "zod";

/** The issuer's keys could not be had; the caller should answer 503. */
export class IssuerUnavailableError extends Error {
  override readonly name = "IssuerUnavailableError";
}

/** Fetches a document without following redirects. */
export type OpenDocument = (request: {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}) => Promise<{ readonly status: number; readonly body: AsyncIterable<Uint8Array> }>;

interface IssuerKeysDeps {
  readonly issuer: string;
  readonly keysFile: string | undefined;
  readonly open: OpenDocument;
  readonly clock: () => Date;
}

interface Read {
  readonly find: ReturnType<typeof createLocalJWKSet>;
  readonly at: number;
}

interface Wanted {
  readonly header: JWSHeaderParameters;
  readonly token: FlattenedJWSInput;
}

const OK = 200;
const TIMEOUT_MS = 5000;
const DOCUMENT_BYTES = 256 * 1024;
/** Issuers have a few. Thousands of empty ones would take twenty times the memory of their text. */
const KEYS = 100;
const FRESH_MS = 10 * 60_000;
/** For so long the keys of before are good while the issuer does not answer: its bad hour is not that of everybody's jobs. */
const STALE_MS = 60 * 60_000;
/** Anybody can send a token with a key that nobody knows; the issuer is not asked each time. */
const ASK_AGAIN_MS = 30_000;
/** Nor for each token while it gives no keys: it may be somebody whom a user of the hub wants to see bothered. */
const FAILED_MS = 5000;

const discovery = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(KEYS) });

/** The keys of one issuer, found by OpenID Connect Discovery or read from a file, and read again when it changed them. */
export class IssuerKeys {
  readonly #deps: IssuerKeysDeps;
  #read: Read | undefined;
  #reading: Promise<Read> | undefined;
  #failure: { readonly error: IssuerUnavailableError; readonly at: number } | undefined;

  constructor(deps: IssuerKeysDeps) {
    this.#deps = deps;
  }

  /** Throws JWKSNoMatchingKey, or {@link IssuerUnavailableError}. */
  async find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    const known = this.#read;
    const age = known === undefined ? Number.POSITIVE_INFINITY : this.#now() - known.at;
    if (known !== undefined && age < FRESH_MS) {
      try {
        return await known.find(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey) || age < ASK_AGAIN_MS) throw error;
      }
    }
    return await this.#findAnew(age < STALE_MS ? known : undefined, { header, token });
  }

  /** `spare`: what the issuer said before, for when it says nothing now. */
  async #findAnew(spare: Read | undefined, { header, token }: Wanted): Promise<CryptoKey> {
    try {
      const { find } = await this.#readOnce();
      return await find(header, token);
    } catch (cause) {
      if (!(cause instanceof IssuerUnavailableError) || spare === undefined) throw cause;
      return await findAmong(spare, { header, token, cause });
    }
  }

  async #readOnce(): Promise<Read> {
    const failure = this.#failure;
    if (failure !== undefined && this.#now() - failure.at < FAILED_MS) throw failure.error;
    this.#reading ??= this.#readAnew().finally(() => {
      this.#reading = undefined;
    });
    return await this.#reading;
  }

  async #readAnew(): Promise<Read> {
    try {
      const keys = keySet.parse(await this.#load());
      const read = { find: createLocalJWKSet(keys as JSONWebKeySet), at: this.#now() };
      this.#read = read;
      this.#failure = undefined;
      return read;
    } catch (cause) {
      const message = `could not get the keys of ${this.#deps.issuer}`;
      const error = new IssuerUnavailableError(message, { cause });
      this.#failure = { error, at: this.#now() };
      throw error;
    }
  }

  async #load(): Promise<unknown> {
    const { issuer, keysFile, open } = this.#deps;
    if (keysFile !== undefined) return JSON.parse(await readFile(keysFile, "utf8"));
    const base = issuer.replace(/\/$/, "");
    const found = discovery.parse(
      await fetchJson(open, `${base}/.well-known/openid-configuration`),
    );
    if (found.issuer !== issuer) throw new Error("the issuer gives itself another name");
    if (issuer.startsWith("https:") && !found.jwks_uri.startsWith("https:")) {
      throw new Error("the issuer's keys are not served by https");
    }
    return await fetchJson(open, found.jwks_uri);
  }

  #now(): number {
    return this.#deps.clock().getTime();
  }
}

/** Throws `cause` where it is none of these: what the issuer would say now nobody knows. */
async function findAmong(
  { find }: Read,
  wish: Wanted & { readonly cause: IssuerUnavailableError },
): Promise<CryptoKey> {
  try {
    return await find(wish.header, wish.token);
  } catch {
    throw wish.cause;
  }
}

/** For addresses that the operator gave. */
export const openPlainly: OpenDocument = async ({ url, ...request }) => {
  const { status, body } = await fetch(url, { ...request, redirect: "error" });
  if (body === null) throw new Error(`${url} answered nothing`);
  return { status, body };
};

async function fetchJson(open: OpenDocument, url: string): Promise<unknown> {
  const { status, body } = await open({
    url,
    headers: { accept: "application/json" },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > DOCUMENT_BYTES) throw new Error(`${url} is larger than ${DOCUMENT_BYTES} bytes`);
    parts.push(part);
  }
  if (status !== OK) throw new Error(`${url} answered ${status}`);
  return JSON.parse(Buffer.concat(parts).toString("utf8"));
}
