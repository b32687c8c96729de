import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { CommandError, type Invocation } from "../cli/command.ts";
import { connect } from "../cli/hub-connection.ts";
import { LAYERS_PATH, layersOfImages } from "../contract/layers.ts";
import {
  attached,
  type imageScan,
  imageScans,
  SBOM_COMPARISONS_PATH,
  SBOMS_PATH,
  SCANS_PATH,
  sbomComparison,
} from "../contract/scans.ts";
import { splitImageName } from "../oci/image-name.ts";
import { localPlatform } from "./local-platform.ts";

export type HubScan = z.output<typeof imageScan>;

interface Wish {
  readonly image: string;
  readonly platform: string | undefined;
  readonly hub: string | undefined;
}

/** A scan that waits so long for its turn is not waited for. */
const PATIENCE_MS = 120_000;
const POLL_MS = 250;
const OVER: ReadonlySet<HubScan["state"]> = new Set(["done", "nothing", "failed"]);

/** The scan of an image by its hub, when it is over. */
export async function askScan(invocation: Invocation, wish: Wish): Promise<HubScan> {
  return await askUntilOver(invocation, wish, async (hub, place) => {
    return (await hub.call({ line: `GET ${SCANS_PATH}/${place}`, answer: imageScans })).scans;
  });
}

type HubLayers = z.output<typeof layersOfImages>["images"][number];

/** What the hub found out of its layers. */
export async function askLayers(invocation: Invocation, wish: Wish): Promise<HubLayers> {
  return await askUntilOver(invocation, wish, async (hub, place) => {
    return (await hub.call({ line: `GET ${LAYERS_PATH}/${place}`, answer: layersOfImages })).images;
  });
}

interface OfScan {
  readonly state: HubScan["state"];
  readonly reason: string | null;
  readonly platform: string | null;
  readonly report: object | null;
}

async function askUntilOver<Answer extends OfScan>(
  invocation: Invocation,
  wish: Wish,
  ask: (hub: Awaited<ReturnType<typeof connect>>, place: string) => Promise<readonly Answer[]>,
): Promise<Answer> {
  const { host, reference, path } = splitWish(wish);
  const options = { ...invocation.options, hub: wish.hub ?? host };
  await using hub = await connect({ ...invocation, options });
  let why = "";
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    const answers = await ask(hub, `${path}?reference=${encodeURIComponent(reference)}`);
    const chosen = choose(answers, wish.platform);
    if (chosen.report !== null || OVER.has(chosen.state)) return chosen;
    why = chosen.reason === null ? "" : ` (${chosen.reason})`;
    await sleep(POLL_MS, undefined, { signal: invocation.terminal.signal });
  }
  const message = `${wish.image} still waits for its scan${why}: try again later`;
  throw new CommandError("scanFailed", message);
}

/** Its bill of materials, as the hub has it. */
export async function askBill(
  invocation: Invocation,
  wish: Wish & { readonly format: "cyclonedx" | "spdx" | "spdx3" },
): Promise<Readonly<Record<string, unknown>>> {
  const { platform } = await askScan(invocation, wish);
  const { host, reference, path } = splitWish(wish);
  const options = { ...invocation.options, hub: wish.hub ?? host };
  await using hub = await connect({ ...invocation, options });
  const { format } = wish;
  const query = new URLSearchParams({ reference, format, ...(platform && { platform }) });
  const answer = z.record(z.string(), z.unknown());
  return await hub.call({ line: `GET ${SBOMS_PATH}/${path}?${query}`, answer });
}

/** Has the hub push it beside the image. */
export async function attachBill(
  invocation: Invocation,
  wish: Wish & { readonly format: "cyclonedx" | "spdx" | "spdx3" },
): Promise<z.output<typeof attached>> {
  const { platform } = await askScan(invocation, wish);
  const { host, reference, path } = splitWish(wish);
  const options = { ...invocation.options, hub: wish.hub ?? host };
  await using hub = await connect({ ...invocation, options });
  const body = { reference, format: wish.format, ...(platform && { platform }) };
  return await hub.call({ line: `POST ${SBOMS_PATH}/${path}`, body, answer: attached });
}

export type BillComparison = z.output<typeof sbomComparison>;

/** What came with the image beside what the hub found. */
export async function compareBills(invocation: Invocation, wish: Wish): Promise<BillComparison> {
  const { platform } = await askScan(invocation, wish);
  const { host, reference, path } = splitWish(wish);
  const options = { ...invocation.options, hub: wish.hub ?? host };
  await using hub = await connect({ ...invocation, options });
  const query = new URLSearchParams({ reference, ...(platform && { platform }) });
  const line = `GET ${SBOM_COMPARISONS_PATH}/${path}?${query}`;
  return await hub.call({ line, answer: sbomComparison });
}

function splitWish({ image }: Wish) {
  const { host, repository, reference } = splitImageName(image);
  return { host, reference, path: repository.split("/").map(encodeURIComponent).join("/") };
}

function choose<Answer extends OfScan>(
  scans: readonly Answer[],
  platform: string | undefined,
): Answer {
  const [first, other] = scans;
  if (first !== undefined && other === undefined && platform === undefined) return first;
  const wanted = platform ?? localPlatform();
  const found = scans.find((scan) => scan.platform === wanted);
  if (found !== undefined) return found;
  const known = scans.map((scan) => scan.platform).join(", ");
  throw new CommandError("scanFailed", `there is no image for ${wanted}, but for ${known}`);
}
