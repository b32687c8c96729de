import type { Kysely } from "kysely";
import { z } from "zod";
import type { ScanFlaw } from "../../contract/scans.ts";
import type { Digest } from "../../oci/digest.ts";
import type { Manifest } from "../../oci/manifest.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { RegistryTables } from "../../registry/index.ts";
import type { Repository } from "../../repositories/index.ts";
import { findDockerfileFlaws } from "../flaws/dockerfile/find-dockerfile-flaws.ts";
import { readDocuments } from "./documents-beside.ts";
import { toScanFlaw } from "./look-into.ts";

interface ProvenanceDeps {
  readonly db: Kysely<RegistryTables>;
  readonly blobs: Pick<BlobStore, "read" | "size">;
}

const DOCKERFILE_CHARACTERS = 256 * 1024;
const MOST_FILES = 3;
const MOST_FLAWS = 200;
const LONGEST_NAME = 200;

const info = z.object({
  filename: z.string().default("Dockerfile"),
  language: z.string().optional(),
  data: z.base64().max(DOCKERFILE_CHARACTERS),
});
const source = z.object({ source: z.object({ infos: z.array(z.unknown()) }) });
const OLD = "https://mobyproject.org/buildkit@v1#metadata";
/** SLSA 0.2 and 1, with what BuildKit adds to them (`--provenance mode=max`). */
const statement = z.object({
  predicateType: z.string().startsWith("https://slsa.dev/provenance/"),
  predicate: z.union([
    z.object({ metadata: z.object({ [OLD]: source }) }).transform((old) => old.metadata[OLD]),
    z
      .object({ runDetails: z.object({ metadata: z.object({ buildkit_metadata: source }) }) })
      .transform((one) => one.runDetails.metadata.buildkit_metadata),
  ]),
});

/**
 * What is wrong with the Dockerfiles that an image says that it was built from. They come after the image, and anybody who may push writes them,
 * so they are looked at when somebody asks, and kept nowhere.
 */
export async function findProvenanceFlaws(
  deps: ProvenanceDeps,
  place: Pick<Repository, "id">,
  digest: Digest,
): Promise<readonly ScanFlaw[]> {
  const flaws: ScanFlaw[] = [];
  const seen = new Set<string>();
  const wanted = { subject: digest, isWanted: mayBeProvenance };
  for await (const { document } of readDocuments(deps, place, wanted)) {
    for (const { filename, data } of readDockerfiles(document)) {
      if (seen.has(data) || seen.size >= MOST_FILES) continue;
      seen.add(data);
      const content = Buffer.from(data, "base64").toString("utf8");
      flaws.push(...findDockerfileFlaws(content, filename).map(toScanFlaw));
    }
    if (seen.size >= MOST_FILES) break;
  }
  return flaws.slice(0, MOST_FLAWS);
}

function mayBeProvenance({ mediaType, annotations }: Manifest["layers"][number]): boolean {
  const predicate = annotations?.["in-toto.io/predicate-type"];
  if (predicate !== undefined && !predicate.startsWith("https://slsa.dev/provenance/"))
    return false;
  return /^application\/(?:vnd\.)?(?:in-toto|json)\b/.test(mediaType);
}

function readDockerfiles(document: unknown) {
  const read = statement.safeParse(document);
  if (!read.success) return [];
  return read.data.predicate.source.infos.flatMap((raw) => {
    const one = info.safeParse(raw);
    if (!one.success || (one.data.language ?? "Dockerfile") !== "Dockerfile") return [];
    return { data: one.data.data, filename: one.data.filename.slice(0, LONGEST_NAME) };
  });
}
