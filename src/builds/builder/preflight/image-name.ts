import { BuildFailed } from "../build-failed.ts";

/** An image in a registry, with everything that people leave out. */
export interface ImageName {
  readonly host: string;
  readonly repository: string;
  /** `latest` where neither is said. */
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const HOST =
  /^(?:localhost|[a-z0-9.-]+\.[a-z0-9.-]+|[a-z0-9.-]+:\d{1,5}|\[[0-9a-f:]+\](?::\d{1,5})?)$/i;
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const LONGEST_PATH = 255;
const DOCKER_HUB = "docker.io";
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
/** What buildah takes for a kind of place where it stands before a colon: files and programs of the machine. */
const TRANSPORTS = new Set([
  ...["atomic", "containers-storage", "dir", "docker", "docker-archive", "docker-daemon"],
  ...["oci", "oci-archive", "oci-layout", "openshift", "ostree", "sif", "tarball"],
]);

/** Throws BuildFailed for what is no image of a registry. */
export function parseImageName(text: string): ImageName {
  const [before = ""] = text.split(":", 1);
  if (text.includes(":") && TRANSPORTS.has(before.toLowerCase()))
    throw refuse(text, "only images of registries are, written HOST/REPOSITORY:TAG");
  const [named = "", digest] = splitAt(text, "@");
  if (digest !== undefined && !DIGEST.test(digest)) throw refuse(text, "its digest is none");
  const { host, rest } = splitHost(named);
  const [path = "", tag] = splitAt(rest, ":");
  if (tag !== undefined && !TAG.test(tag)) throw refuse(text, "its tag is none");
  if (!PATH.test(path) || path.length > LONGEST_PATH) throw refuse(text, "its name is none");
  return {
    host,
    repository: host === DOCKER_HUB && !path.includes("/") ? `library/${path}` : path,
    tag: tag ?? (digest === undefined ? "latest" : undefined),
    digest,
  };
}

function splitAt(text: string, sign: string): readonly [string, string | undefined] {
  const at = text.indexOf(sign);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** Docker's rule: a first part with a dot, a colon or of this machine is a host. */
function splitHost(named: string): { readonly host: string; readonly rest: string } {
  const slash = named.indexOf("/");
  const first = named.slice(0, Math.max(slash, 0)).toLowerCase();
  if (!HOST.test(first)) return { host: DOCKER_HUB, rest: named };
  const host = first === "index.docker.io" ? DOCKER_HUB : first;
  return { host, rest: named.slice(slash + 1) };
}

function refuse(text: string, why: string): BuildFailed {
  const shown = JSON.stringify(text.slice(0, 200));
  return new BuildFailed(`${shown} is not an image that can be built on: ${why}`);
}

/** As it is written down: everything said. */
export function printImageName({ host, repository, tag, digest }: ImageName): string {
  const named = `${host}/${repository}${tag === undefined ? "" : `:${tag}`}`;
  return digest === undefined ? named : `${named}@${digest}`;
}

/** How a store knows it in which no digest can be looked up; the one for a certain platform has a name of its own. */
export function localNameOf(
  { host, repository, tag, digest }: ImageName,
  platform: string | undefined,
): string {
  const place = platform === undefined ? "" : `${platform.replaceAll("/", "-")}/`;
  const version = digest === undefined ? (tag ?? "latest") : digest.replace(":", "-");
  return `${host}/${place}${repository}:${version}`;
}
