import type { Digest } from "../../oci/digest.ts";
import type { Database } from "../../platform/db/index.ts";
import { type Attacher, findManifestOf, type RegistryTables } from "../../registry/index.ts";
import type { Repository } from "../../repositories/index.ts";
import type { ScanResult } from "../store/scan-result.ts";
import { OWN_SBOM } from "./other-sboms.ts";

export interface AttachDeps {
  readonly database: Pick<Database<RegistryTables>, "reader">;
  readonly attacher: Pick<Attacher, "attach">;
  /** Of this program. */
  readonly version: string;
}

type By = Parameters<Attacher["attach"]>[2];
export type BillFormat = keyof typeof SBOM_TYPES;

/** By which clients look for them among the referrers of an image. */
const SBOM_TYPES = {
  cyclonedx: "application/vnd.cyclonedx+json",
  spdx: "application/spdx+json",
  spdx3: "application/spdx+json",
} as const;

/** Undefined where the repository has no such image any more. Throws OciError for a quota, a rule or a hub that is read-only. */
export async function attachDocument(
  { database, attacher }: Pick<AttachDeps, "database" | "attacher">,
  wish: {
    readonly place: Pick<Repository, "id" | "name">;
    readonly by: By;
    readonly subject: Digest;
    readonly artifactType: string;
    readonly document: Buffer;
    readonly annotations: Readonly<Record<string, string>>;
  },
): Promise<Digest | undefined> {
  const { place, by, subject: digest, ...what } = wish;
  const found = await findManifestOf(database.reader, place.id, digest);
  if (found === undefined) return undefined;
  const subject = { mediaType: found.mediaType, digest, size: found.payload.length };
  return await attacher.attach(place, { ...what, subject }, by);
}

/** The bill of materials of a scanned image. The same scan gives the same document, which is attached once. */
export async function attachBill(
  deps: AttachDeps,
  wish: {
    readonly place: Pick<Repository, "id" | "name">;
    readonly by: By;
    readonly subject: Digest;
    readonly format: BillFormat;
    readonly scanned: { readonly result: ScanResult; readonly scannedAt: Date };
  },
): Promise<Digest | undefined> {
  const { place, by, subject, format, scanned } = wish;
  const { diffIds, inventory } = scanned.result;
  const facts = {
    ...{ name: place.name, digest: subject, diffIds },
    ...{ id: uuidOf(subject), created: scanned.scannedAt, version: deps.version },
  };
  // Its library takes a moment to load, which a hub that starts need not wait for.
  const { writeBill } = await import("../sbom/write-bill.ts");
  const document = Buffer.from(writeBill(format, { inventory, subject: facts }));
  const annotations = { [OWN_SBOM]: format };
  const what = { subject, artifactType: SBOM_TYPES[format], document, annotations };
  return await attachDocument(deps, { place, by, ...what });
}

/** A UUID of version 8 (RFC 9562): of the image, so that the same document is not attached twice. */
function uuidOf(digest: Digest): string {
  const hex = digest.replace(/^\w+:/, "").slice(0, 32);
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
  ];
  return [...parts, hex.slice(20, 32)].join("-");
}
