import { Readable } from "node:stream";
import { MANIFEST_BYTES_LIMIT } from "../../../oci/manifest.ts";
import { type OutboundClient, OutboundRefused } from "../../../platform/outbound/index.ts";
import { BuildFailed } from "../build-failed.ts";
import type { BaseSource } from "./base-folder.ts";

interface RegistryPlace {
  readonly client: Pick<OutboundClient, "open">;
  /** For where the registry sends to: public addresses alone. */
  readonly others: Pick<OutboundClient, "open">;
  /** Whether an administrator named that host. */
  readonly isListed: (host: string) => boolean;
  /** With `http://` or `https://`. */
  readonly origin: string;
  readonly repository: string;
  readonly signal: AbortSignal;
}

type Answer = Awaited<ReturnType<OutboundClient["open"]>>;

const ACCEPT = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");
const TOKEN_BYTES = 64 * 1024;
const MOST_REDIRECTS = 3;

/** What a registry gives to everybody: the hub has no passwords for others. */
export function openRegistrySource(place: RegistryPlace): BaseSource {
  const api = `${place.origin}/v2/${place.repository}`;
  let token: string | undefined;
  const get = async (url: string, accept: string): Promise<Answer> => {
    const first = await open(place, { url, accept, token });
    if (first.status !== 401) return first;
    token = await fetchToken(place, String(first.headers["www-authenticate"] ?? ""));
    return await open(place, { url, accept, token });
  };
  return {
    async readManifest(reference) {
      const answer = await get(`${api}/manifests/${reference}`, ACCEPT);
      if (answer.status !== 200)
        throw new BuildFailed(`${place.origin} answered ${answer.status} for ${place.repository}`);
      const bytes = await readAtMost(answer, MANIFEST_BYTES_LIMIT);
      return { bytes, mediaType: String(answer.headers["content-type"] ?? "") || undefined };
    },
    async openBlob(digest) {
      const answer = await get(`${api}/blobs/${digest}`, "*/*");
      if (answer.status !== 200)
        throw new BuildFailed(`${place.origin} answered ${answer.status} for a layer`);
      return Readable.from(answer.body);
    },
  };
}

/** Follows to where layers are kept, without the token. */
async function open(
  place: RegistryPlace,
  ask: { readonly url: string; readonly accept: string; readonly token: string | undefined },
): Promise<Answer> {
  const { signal } = place;
  let { url } = ask;
  let headers: Record<string, string> = {
    accept: ask.accept,
    ...(ask.token === undefined ? {} : { authorization: `Bearer ${ask.token}` }),
  };
  for (let turn = 0; turn <= MOST_REDIRECTS; turn += 1) {
    const answer = await clientFor(place, url)
      .open({ url, headers, signal })
      .catch((cause: unknown) => {
        signal.throwIfAborted();
        throw new BuildFailed(`${new URL(url).host} ${whyNot(cause)}`, { cause });
      });
    const { location } = answer.headers;
    if (answer.status < 300 || answer.status >= 400 || typeof location !== "string") return answer;
    const next = new URL(location, url);
    if (next.origin !== new URL(url).origin) headers = { accept: ask.accept };
    url = next.href;
  }
  throw new BuildFailed(`${new URL(url).host} sends from one address to the next`);
}

function whyNot(cause: unknown): string {
  return cause instanceof OutboundRefused
    ? "has no public address: an administrator can name it (builds.registries)"
    : "could not be reached";
}

/** Its word takes the hub nowhere that its administrators did not name, but to the internet. */
function clientFor(place: RegistryPlace, url: string): Pick<OutboundClient, "open"> {
  const { origin, host } = new URL(url);
  const isOwn = origin === new URL(place.origin).origin || place.isListed(host);
  return isOwn ? place.client : place.others;
}

async function fetchToken(place: RegistryPlace, challenge: string): Promise<string> {
  const [, realm] = /^bearer .*realm="([^"]+)"/i.exec(challenge) ?? [];
  const [, service] = /service="([^"]+)"/i.exec(challenge) ?? [];
  if (realm === undefined || !URL.canParse(realm))
    throw new BuildFailed(`${place.origin} wants a password for ${place.repository}`);
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  url.searchParams.set("scope", `repository:${place.repository}:pull`);
  const answer = await open(place, { url: url.href, accept: "application/json", token: undefined });
  const body: unknown = JSON.parse((await readAtMost(answer, TOKEN_BYTES)).toString("utf8"));
  const { token, access_token: other } = body as { token?: unknown; access_token?: unknown };
  const found = token ?? other;
  if (answer.status === 200 && typeof found === "string") return found;
  throw new BuildFailed(`${place.origin} gives ${place.repository} to nobody without a password`);
}

async function readAtMost({ body }: Answer, most: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > most) throw new BuildFailed("the registry sent more than a manifest may have");
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
