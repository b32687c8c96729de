import type { z } from "zod";
import { PROBLEMS } from "../../contract/problems.ts";
import type { imageScan, scanComparison } from "../../contract/scans.ts";
import type { Descriptor } from "../../oci/descriptor.ts";
import type { Digest } from "../../oci/digest.ts";
import { OciError } from "../../oci/error.ts";
import { parseManifest } from "../../oci/manifest.ts";
import type { RepositoryName } from "../../oci/name.ts";
import { parseReference } from "../../oci/reference.ts";
import type { BlobStore } from "../../platform/blobs/index.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import { findManifestOf, findTag, type RegistryTables } from "../../registry/index.ts";
import type { Repository } from "../../repositories/index.ts";
import { partFindings } from "../decisions/decision.ts";
import { listFindingsInForce, readSayings } from "../decisions/in-force.ts";
import { findBaseImage } from "../inventory/base-image.ts";
import { readPacked } from "../store/layer-reports-store.ts";
import { type ScanResult, toReport } from "../store/scan-result.ts";
import { addScans, findScan, renewScans } from "../store/scans-store.ts";
import type { ScanningTables } from "../tables.ts";
import { listVisibleBases } from "./bases.ts";
import { compareScans } from "./compare-scans.ts";
import { findProvenanceFlaws } from "./provenance-dockerfiles.ts";

interface ScansDeps {
  readonly database: Database<ScanningTables & RegistryTables>;
  readonly blobs: Pick<BlobStore, "read" | "size">;
  readonly analyserVersion: number;
  readonly trustsClaims: boolean;
  readonly clock: () => Date;
}

type Sees = (repository: RepositoryName) => Promise<boolean>;
type Read = ImageScan & { readonly diffIds: readonly string[] };
type ImageScan = z.output<typeof imageScan>;

export interface ScanWish {
  readonly reference: string;
  /** Of an index: this one of its images. */
  readonly platform?: string | undefined;
}

/** One image, be it named itself or listed by an index. */
export interface NamedImage {
  readonly digest: Digest;
  readonly platform: string | null;
}

/** What was found in the images of a repository. Throws NOT_FOUND for what the repository does not have. */
export class Scans {
  readonly #deps: ScansDeps;

  constructor(deps: ScansDeps) {
    this.#deps = deps;
  }

  /** `sees` says whether the caller may know of another repository. */
  async list(place: Repository, wish: ScanWish, sees: Sees): Promise<readonly ImageScan[]> {
    const images = await this.listImages(place, wish);
    return await Promise.all(
      images.map(async (image) => {
        const scan = await this.#addBase(await this.#read(place, wish, image), sees);
        return await this.#addDockerfile(place, scan);
      }),
    );
  }

  /** What is wrong with the file that it was built from, where its provenance has that. */
  async #addDockerfile(place: Repository, scan: ImageScan): Promise<ImageScan> {
    if (scan.report === null) return scan;
    const { database, blobs } = this.#deps;
    const deps = { db: database.reader, blobs };
    const found = await findProvenanceFlaws(deps, place, scan.digest as Digest);
    return { ...scan, report: { ...scan.report, flaws: [...scan.report.flaws, ...found] } };
  }

  /** What the image was built on, as far as the caller may know of it. */
  async #addBase({ diffIds, ...scan }: Read, sees: Sees): Promise<ImageScan> {
    if (scan.report === null) return scan;
    const { reader } = this.#deps.database;
    const base = await findBaseImage(diffIds, {
      listByChainIds: (chainIds) => listVisibleBases(reader, chainIds, sees),
    });
    if (base === undefined) return scan;
    const { image, layers } = base;
    const findings = scan.report.findings.map((finding) =>
      finding.layer < layers ? { ...finding, inBase: true } : finding,
    );
    const baseImage = { name: image.name, digest: image.digest, layers };
    return { ...scan, report: { ...scan.report, findings, baseImage } };
  }

  /** Has it scanned once more, as if it had just come. */
  async renew(place: Repository, wish: ScanWish): Promise<readonly Digest[]> {
    const { database, clock, analyserVersion } = this.#deps;
    const digests = (await this.listImages(place, wish)).map(({ digest }) => digest);
    const now = clock();
    await database.write(async (trx) => {
      await addScans(trx, digests, { now, analyserVersion });
      await renewScans(trx, digests, now);
    });
    return digests;
  }

  /** The images that a reference names: one, or those that an index lists. */
  async listDigests(place: Repository, reference: string): Promise<readonly Digest[]> {
    return (await this.listImages(place, { reference })).map(({ digest }) => digest);
  }

  /** The finished scan of one image, for those who make more of it. */
  async getResult(
    place: Repository,
    wish: ScanWish,
  ): Promise<{ readonly digest: Digest; readonly result: ScanResult; readonly scannedAt: Date }> {
    const [image, other] = await this.listImages(place, wish);
    if (image === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    if (other !== undefined) {
      const detail = `${wish.reference} lists several images: say the platform`;
      throw new ProblemError(PROBLEMS.PLATFORM_REQUIRED, { detail });
    }
    const scan = await findScan(this.#deps.database.reader, image.digest);
    if (scan?.result === undefined || scan.scannedAt === undefined) {
      const detail = scan?.reason ?? "its scan is not finished: ask again in a moment";
      throw new ProblemError(PROBLEMS.NOT_SCANNED, { detail });
    }
    const result = (await readPacked(scan.result)) as ScanResult;
    return { digest: image.digest, result, scannedAt: scan.scannedAt };
  }

  async compare(
    place: Repository,
    {
      from,
      to,
      platform,
    }: { readonly from: string; readonly to: string; platform?: string | undefined },
  ): Promise<z.output<typeof scanComparison>> {
    const [before, after] = await Promise.all([
      this.getResult(place, { reference: from, platform }),
      this.getResult(place, { reference: to, platform }),
    ]);
    const { database, trustsClaims, clock } = this.#deps;
    const options = { trustsClaims, now: clock() };
    const [old, fresh] = await Promise.all(
      [before, after].map(({ digest }) =>
        listFindingsInForce(database.reader, { repository: place, digest }, options),
      ),
    );
    return compareScans(
      { ...before.result, findings: old?.findings ?? [] },
      { ...after.result, findings: fresh?.findings ?? [] },
    );
  }

  /** Findings as they count in this repository. */
  async #part(repository: Repository, digest: Digest, { findings }: ScanResult) {
    const { database, trustsClaims, clock } = this.#deps;
    const sayings = await readSayings(database.reader, { repository, digest, now: clock() });
    return partFindings(findings, sayings, trustsClaims);
  }

  async #read(place: Repository, { reference }: ScanWish, image: NamedImage): Promise<Read> {
    const { digest, platform } = image;
    const scan = await findScan(this.#deps.database.reader, digest);
    const facts = {
      digest,
      platform,
      state: scan?.state ?? "waiting",
      reason: scan?.reason ?? null,
    };
    if (scan?.result === undefined || scan.scannedAt === undefined)
      return { ...facts, report: null, diffIds: [] };
    const result = (await readPacked(scan.result)) as ScanResult;
    const name = `${place.name}${reference.includes(":") ? "@" : ":"}${reference}`;
    const { inForce: findings, suppressed } = await this.#part(place, digest, result);
    const known = { image: name, digest, scannedAt: scan.scannedAt, suppressed };
    const report = toReport({ ...result, findings }, known);
    return { ...facts, platform: platform ?? report.platform, report, diffIds: result.diffIds };
  }

  /** The images that a reference names, each with its platform where an index says it. */
  async listImages(place: Repository, wish: ScanWish): Promise<readonly NamedImage[]> {
    const digest = await this.#findDigest(place, wish.reference);
    const { reader } = this.#deps.database;
    const found = digest && (await findManifestOf(reader, place.id, digest));
    if (digest === undefined || found === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
    const { kind, children } = parseManifest({
      bytes: found.payload,
      contentType: found.mediaType,
    });
    if (kind === "image") return [{ digest, platform: null }];
    const images = children.filter(isImage).map((child) => ({
      digest: child.digest,
      platform: printPlatform(child),
    }));
    if (wish.platform === undefined) return images;
    const fitting = images.filter(({ platform }) => platform === wish.platform);
    if (fitting.length > 0) return fitting;
    const detail = `it has images for ${images.map(({ platform }) => platform).join(", ")}`;
    throw new ProblemError(PROBLEMS.NOT_FOUND, { detail });
  }

  async #findDigest(place: Repository, text: string): Promise<Digest | undefined> {
    try {
      const reference = parseReference(text);
      if (reference.kind === "digest") return reference.digest;
      return (await findTag(this.#deps.database.reader, place.id, reference.tag))?.digest;
    } catch (cause) {
      if (cause instanceof OciError) return undefined;
      throw cause;
    }
  }
}

/** BuildKit lists what it says about an image beside it, for a platform that does not exist. */
function isImage({ platform, annotations }: Descriptor): boolean {
  return platform?.os !== "unknown" && annotations?.["vnd.docker.reference.type"] === undefined;
}

function printPlatform({ platform }: Descriptor): string {
  const { os = "unknown", architecture = "unknown", variant } = platform ?? {};
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");
}
