import { PackageURL } from "packageurl-js";
import type { VexJustification, VexStatus } from "../../../contract/vex.ts";

/** One vulnerability of one thing, whatever format says it. */
export interface VexStatement {
  readonly vulnerability: string;
  readonly status: VexStatus;
  readonly justification: VexJustification | undefined;
  readonly reason: string;
  /** The image that is meant, where the document names it by its digest. */
  readonly image: string | undefined;
  readonly package: string | undefined;
  readonly version: string | undefined;
}

export interface VexDocument {
  readonly author: string;
  readonly statements: readonly VexStatement[];
  /** What could not be understood, and why. */
  readonly skipped: readonly { readonly vulnerability: string; readonly reason: string }[];
}

/** Statements of one document; the least that a scanner's own report of a large image needs. */
export const MOST_STATEMENTS = 5000;
const LONGEST = 2000;

export function cut(text: string): string {
  return text.trim().slice(0, LONGEST);
}

/** What a document means by a name of something: an image, a package, or neither that is known here. */
export type Meant =
  | { readonly kind: "image"; readonly digest: string | undefined }
  | { readonly kind: "package"; readonly name: string; readonly version: string | undefined }
  | { readonly kind: "other" };

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Never throws: what is no purl is something else. */
export function readPurl(text: string): Meant {
  const purl = parse(text);
  if (purl === undefined) return { kind: "other" };
  const { type, namespace, name, version } = purl;
  if (type === "oci" || type === "docker") {
    const digest = version !== undefined && DIGEST.test(version) ? version : undefined;
    return { kind: "image", digest };
  }
  return { kind: "package", name: toName({ type, namespace, name }), version };
}

function parse(text: string) {
  try {
    const { type, namespace, name, version } = PackageURL.fromString(text);
    if (!type || !name) return undefined;
    return { type, namespace: namespace ?? "", name, version: version ?? undefined };
  } catch {
    return undefined;
  }
}

/** As scans call it. */
function toName({ type, namespace, name }: { type: string; namespace: string; name: string }) {
  if (namespace === "" || ["deb", "apk", "rpm", "generic"].includes(type)) return name;
  return type === "maven" ? `${namespace}:${name}` : `${namespace}/${name}`;
}
