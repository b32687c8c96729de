import type { Kysely } from "kysely";
import type { z } from "zod";
import type { sbomComparison } from "../../contract/scans.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Manifest } from "../../oci/manifest.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { RegistryTables } from "../../registry/index.ts";
import type { Repository } from "../../repositories/index.ts";
import type { PlacedPackage } from "../inventory/model.ts";
import { type OtherPackage, readOtherSbom } from "../sbom/read-bill.ts";
import { readDocuments } from "./documents-beside.ts";

type Compared = z.output<typeof sbomComparison>["sboms"][number];

interface OtherSbomDeps {
  readonly db: Kysely<RegistryTables>;
  readonly blobs: Pick<BlobStore, "read" | "size">;
}

/** On what the hub attached itself, which says nothing new. */
export const OWN_SBOM = "dev.berth.sbom";

/** Differences beyond that nobody reads. */
const SHOWN = 1000;

/** Bills of materials that came with an image: its referrers, and what BuildKit lists beside it in an index. */
export class OtherSboms {
  readonly #deps: OtherSbomDeps;

  constructor(deps: OtherSbomDeps) {
    this.#deps = deps;
  }

  async compare(
    place: Pick<Repository, "id">,
    image: { readonly digest: Digest; readonly packages: readonly PlacedPackage[] },
  ): Promise<readonly Compared[]> {
    const compared: Compared[] = [];
    const wanted = { subject: image.digest, isWanted: mayBeSbom };
    for await (const { digest, from, document } of readDocuments(this.#deps, place, wanted)) {
      const found = readOtherSbom(document);
      if (found === undefined) continue;
      const { format, tool, packages } = found;
      const differences = differ(image.packages, packages);
      compared.push({ digest, from, format, tool, packages: packages.length, ...differences });
    }
    return compared;
  }
}

/** Tools that attach files tell their type of the layer, of the whole, or of both. */
const SBOM_TYPES = /json|in-toto|cyclonedx|spdx/;

function mayBeSbom(
  { mediaType, annotations }: Manifest["layers"][number],
  manifest: Manifest,
): boolean {
  if (manifest.annotations?.[OWN_SBOM] !== undefined) return false;
  if (annotations?.["in-toto.io/predicate-type"]?.startsWith("https://slsa.dev/")) return false;
  return SBOM_TYPES.test(mediaType) || SBOM_TYPES.test(manifest.artifactType ?? "");
}

function differ(
  ours: readonly PlacedPackage[],
  theirs: readonly OtherPackage[],
): Pick<Compared, "onlyHere" | "onlyThere"> {
  const keyOf = ({ type, name, version }: OtherPackage) =>
    `${type} ${name.toLowerCase()} ${version}`;
  const [here, there] = [ours, theirs].map(
    (packages) => new Map(packages.map((one) => [keyOf(one), one])),
  );
  const without = (
    all = new Map<string, OtherPackage>(),
    others = new Map<string, OtherPackage>(),
  ) =>
    [...all]
      .filter(([key]) => !others.has(key))
      .map(([, { type, name, version }]) => ({ type, name, version }))
      .slice(0, SHOWN);
  return { onlyHere: without(here, there), onlyThere: without(there, here) };
}
