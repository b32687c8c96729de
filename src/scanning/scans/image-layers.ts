import type { z } from "zod";
import type { layersOfImages } from "../../contract/layers.ts";
import type { Repository } from "../../repositories/index.ts";
import { chainIdsOf } from "../inventory/base-image.ts";
import { ImageUnreadable } from "../sources/image-source.ts";
import { readPacked } from "../store/layer-reports-store.ts";
import { findScan } from "../store/scans-store.ts";
import { findWasteOf } from "../store/wastes-store.ts";
import { type ImageWaste, measureWaste, reportWaste } from "../waste/image-waste.ts";
import { type HubImageDeps, openHubImage } from "./hub-image.ts";
import type { NamedImage, Scans, ScanWish } from "./scans.ts";

type LayersOfImage = z.output<typeof layersOfImages>["images"][number];

interface ImageLayersDeps extends Pick<HubImageDeps, "blobs"> {
  readonly db: Parameters<typeof findScan>[0] & HubImageDeps["db"];
  readonly scans: Pick<Scans, "listImages">;
}

const UNKNOWN = "its layers are compared with its next scan";

/** What the layers of the hub's images hide of each other, as it was found when they were scanned. */
export class ImageLayers {
  readonly #deps: ImageLayersDeps;

  constructor(deps: ImageLayersDeps) {
    this.#deps = deps;
  }

  /** Throws NOT_FOUND. */
  async list(place: Repository, wish: ScanWish): Promise<LayersOfImage[]> {
    const images = await this.#deps.scans.listImages(place, wish);
    return await Promise.all(images.map((image) => this.#read(image)));
  }

  async #read({ digest, platform }: NamedImage): Promise<LayersOfImage> {
    const { db } = this.#deps;
    const scan = await findScan(db, digest);
    const state = scan?.state ?? "waiting";
    const facts = { digest, platform, state, reason: scan?.reason ?? null, report: null };
    // While it is scanned once more, what was found before is known.
    if (scan?.result === undefined) return facts;
    const opened = await openHubImage(digest, this.#deps).catch((cause: unknown) => {
      if (cause instanceof ImageUnreadable) return { kind: "unreadable", reason: cause.message };
      throw cause;
    });
    if (!("image" in opened))
      return { ...facts, reason: "reason" in opened ? opened.reason : facts.reason };
    const { config } = opened.image;
    const found = await this.#waste(config.diffIds);
    if (found.waste === undefined) return { ...facts, reason: found.reason };
    const { os, architecture, variant } = config;
    const own = [os, architecture, variant].filter((word) => word).join("/");
    const report = reportWaste({ digest, config }, found.waste);
    return { ...facts, platform: platform ?? own, report };
  }

  async #waste(
    diffIds: readonly string[],
  ): Promise<{ readonly waste?: ImageWaste; readonly reason: string | null }> {
    const chainId = chainIdsOf(diffIds).at(-1);
    if (chainId === undefined) return { waste: measureWaste([]), reason: null };
    const kept = await findWasteOf(this.#deps.db, chainId);
    if (kept?.waste === undefined) return { reason: kept?.reason ?? UNKNOWN };
    return { waste: (await readPacked(kept.waste)) as ImageWaste, reason: null };
  }
}
