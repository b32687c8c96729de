import { createHash } from "node:crypto";
import { z } from "zod";
import { type Digest, digestAlgorithm, parseDigest, toDigest } from "../oci/digest.ts";
import { HubRefusal, HubUnreachable } from "./hub-error.ts";
import type { Credentials } from "./hub-requests.ts";
import { assertPassed, basicOf, parseChallenge } from "./registry-login.ts";
import { USER_AGENT } from "./user-agent.ts";

interface RegistryOptions {
  readonly url: URL;
  readonly credentials: Credentials | undefined;
  readonly repository: string;
  /** Whether something will be pushed: then the right to it is asked for. */
  readonly pushes: boolean;
  readonly signal: AbortSignal;
}

export interface FetchedManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

const ACCEPT = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");
const MANIFEST_BYTES = 4 * 1024 * 1024;

const token = z.union([
  z.object({ token: z.string() }).transform((answer) => answer.token),
  z.object({ access_token: z.string() }).transform((answer) => answer.access_token),
]);
const referrers = z.object({ manifests: z.array(z.object({ digest: z.string() })) });

/** One repository of any registry, for what is small: manifests and signatures. Everything that comes is compared with its digest. */
export class RegistryClient {
  readonly #options: RegistryOptions;
  #authorization: string | undefined;

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** Undefined if there is none. */
  async findManifest(reference: string): Promise<FetchedManifest | undefined> {
    const answer = await this.#ask(`manifests/${reference}`, { headers: { accept: ACCEPT } });
    if (answer.status === 404) return undefined;
    await assertPassed(answer);
    const bytes = await readAll(answer, MANIFEST_BYTES);
    const digest = reference.includes(":")
      ? compare(bytes, parseDigest(reference))
      : toDigest("sha256", createHash("sha256").update(bytes).digest("hex"));
    return { digest, mediaType: answer.headers.get("content-type") ?? "", bytes };
  }

  async getBlob(digest: Digest, limit: number): Promise<Buffer> {
    const answer = await this.#ask(`blobs/${digest}`);
    await assertPassed(answer);
    const bytes = await readAll(answer, limit);
    compare(bytes, digest);
    return bytes;
  }

  async listReferrers(subject: Digest): Promise<readonly Digest[]> {
    const answer = await this.#ask(`referrers/${subject}`);
    if (answer.status === 404) return [];
    await assertPassed(answer);
    const bytes = await readAll(answer, MANIFEST_BYTES);
    const { manifests } = referrers.parse(JSON.parse(bytes.toString("utf8")));
    return manifests.map(({ digest }) => parseDigest(digest));
  }

  async putBlob(bytes: Buffer): Promise<Digest> {
    const digest = toDigest("sha256", createHash("sha256").update(bytes).digest("hex"));
    const begun = await this.#ask("blobs/uploads/", { method: "POST" });
    await assertPassed(begun);
    const target = new URL(begun.headers.get("location") ?? "", this.#options.url);
    target.searchParams.set("digest", digest);
    const headers = { "content-type": "application/octet-stream" };
    await assertPassed(await this.#send(target, { method: "PUT", headers, body: bytes }));
    return digest;
  }

  /** Gives the digest, and whether the registry knows what the manifest refers to. */
  async putManifest(
    reference: string | undefined,
    manifest: { readonly mediaType: string; readonly bytes: Buffer },
  ): Promise<{ readonly digest: Digest; readonly isReferrer: boolean }> {
    const { mediaType, bytes } = manifest;
    const digest = toDigest("sha256", createHash("sha256").update(bytes).digest("hex"));
    const headers = { "content-type": mediaType };
    const answer = await this.#ask(`manifests/${reference ?? digest}`, {
      ...{ method: "PUT", headers, body: bytes },
    });
    await assertPassed(answer);
    return { digest, isReferrer: answer.headers.has("oci-subject") };
  }

  #ask(path: string, init: RequestInit = {}): Promise<Response> {
    const { url, repository } = this.#options;
    return this.#send(new URL(`/v2/${repository}/${path}`, url), init);
  }

  async #send(target: URL, init: RequestInit): Promise<Response> {
    const { url, credentials } = this.#options;
    if (credentials !== undefined && this.#authorization === undefined) {
      // What everybody may pull is answered without asking who it is, and policies may refuse it to everybody else.
      const { headers } = await this.#fetch(new URL("/v2/", url), {});
      this.#authorization = await this.#prove(headers.get("www-authenticate") ?? "");
    }
    const first = await this.#fetch(target, init);
    if (first.status !== 401 || this.#authorization !== undefined) return first;
    this.#authorization = await this.#prove(first.headers.get("www-authenticate") ?? "");
    return this.#authorization === undefined ? first : await this.#fetch(target, init);
  }

  async #fetch(target: URL, init: RequestInit): Promise<Response> {
    const { url, signal } = this.#options;
    const headers = new Headers(init.headers);
    headers.set("user-agent", USER_AGENT["user-agent"]);
    // Uploads may be sent elsewhere, to whom this proof does not belong.
    if (this.#authorization !== undefined && target.origin === url.origin) {
      headers.set("authorization", this.#authorization);
    }
    try {
      return await fetch(target, { ...init, headers, signal });
    } catch (cause) {
      signal.throwIfAborted();
      throw new HubUnreachable(`no registry answers at ${target.origin}`, { cause });
    }
  }

  /** What the registry asks for; undefined where there is nothing to show. */
  async #prove(text: string): Promise<string | undefined> {
    const { credentials, repository, pushes, signal, url } = this.#options;
    const { scheme, parameters } = parseChallenge(text);
    const basic = credentials && basicOf(credentials);
    if (scheme === "basic") return basic;
    const realm = URL.parse(parameters.realm ?? "");
    if (scheme !== "bearer" || realm === null) return undefined;
    if (url.protocol === "https:" && realm.protocol !== "https:") {
      throw new HubUnreachable(`${realm.href} would get the password in the clear`);
    }
    if (parameters.service !== undefined) realm.searchParams.set("service", parameters.service);
    realm.searchParams.set("scope", `repository:${repository}:${pushes ? "pull,push" : "pull"}`);
    const headers: Record<string, string> = basic === undefined ? {} : { authorization: basic };
    const answer = await fetch(realm, { headers, signal });
    await assertPassed(answer);
    return `Bearer ${token.parse(await answer.json())}`;
  }
}

function compare(bytes: Buffer, digest: Digest): Digest {
  const algorithm = digestAlgorithm(digest);
  const found = toDigest(algorithm, createHash(algorithm).update(bytes).digest("hex"));
  if (found === digest) return digest;
  throw new HubUnreachable(`the registry sent something else than ${digest}`);
}

async function readAll(answer: Response, limit: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of answer.body ?? []) {
    pieces.push(piece);
    length += piece.length;
    if (length > limit) throw new HubRefusal(answer.status, "the answer is larger than is read");
  }
  return Buffer.concat(pieces);
}
