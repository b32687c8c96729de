import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { IndexDamaged } from "../advisories/index.ts";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import { connect } from "../cli/hub-connection.ts";
import { HubRefusal, HubUnreachable } from "../client/hub-error.ts";
import {
  type imageScan,
  imageScans,
  SCANS_PATH,
  type ScanReport,
  SEVERITIES,
  type Severity,
} from "../contract/scans.ts";
import { printable } from "../lib/printable.ts";
import { splitImageName } from "../oci/image-name.ts";
import {
  ImageUnreadable,
  isAsBad,
  LayerRefused,
  REPORT_FORMATS,
  scanFile,
  selectFindings,
  toFlawText,
  toSuppressedText,
} from "../scanning/index.ts";
import { saveFromDocker } from "./docker-image.ts";
import { loadSettings } from "./load-settings.ts";
import { localPlatform } from "./local-platform.ts";
import { readVersion } from "./version-command.ts";

const severity = z.enum(SEVERITIES, { error: `must be one of ${SEVERITIES.join(", ")}` });

const scanOptions = z.object({
  json: z.boolean().default(false),
  format: z.string().default("text"),
  severity: severity.optional(),
  failOn: severity.optional(),
  flaws: z.boolean().default(false),
  suppressed: z.boolean().default(false),
  onlyFixed: z.boolean().default(false),
  platform: z.string().optional(),
  image: z.string().optional(),
  docker: z.boolean().default(false),
  hub: z.string().optional(),
  config: z.string().optional(),
  data: z.string().optional(),
});

type Settings = z.output<typeof scanOptions>;
type Chosen = { readonly report: ScanReport } | { readonly nothing: string };

/** A scan that waits so long for its turn is not waited for. */
const PATIENCE_MS = 120_000;
const POLL_MS = 250;

/** What `berth scan` does. */
export async function scanImage(invocation: Invocation): Promise<ExitReason> {
  const settings = scanOptions.parse(invocation.options);
  const { terminal } = invocation;
  const formatName = settings.json ? "json" : settings.format;
  const format = REPORT_FORMATS[formatName];
  if (format === undefined) {
    const known = Object.keys(REPORT_FORMATS).join(", ");
    throw new CommandError("usage", `${settings.format} is not a format: ${known}`);
  }
  const progress = terminal.openProgress("scanning");
  progress.update({ done: 0, unit: "items" });
  const chosen = await explained(invocation, () => scan(invocation, settings)).finally(() =>
    progress.clear(),
  );
  if ("nothing" in chosen) {
    terminal.note(`berth: nothing to scan: ${printable(chosen.nothing)}`);
    return "nothingToScan";
  }
  const report = selectFindings(chosen.report, settings);
  // What programs read has them in their places.
  const isForPeople = formatName === "text" || formatName === "table";
  const flaws = settings.flaws && isForPeople ? toFlawText(report) : [];
  const suppressed = settings.suppressed && isForPeople ? toSuppressedText(report) : [];
  for (const line of [...flaws, ...suppressed]) terminal.print(line);
  for (const line of format(report, await readVersion())) terminal.print(line);
  return outcomeOf(report, settings.failOn);
}

function outcomeOf({ findings }: ScanReport, failOn: Severity | undefined): ExitReason {
  const counts = failOn === undefined ? findings : findings.filter((one) => isAsBad(one, failOn));
  return counts.length === 0 ? "ok" : "failed";
}

async function scan(invocation: Invocation, settings: Settings): Promise<Chosen> {
  const [image = ""] = invocation.operands;
  if (settings.docker) {
    const { signal, environment } = invocation.terminal;
    await using archive = await saveFromDocker(image, { signal, environment });
    return await scanHere(invocation, settings, { path: archive.path, title: image });
  }
  if (await isThere(image)) {
    return await scanHere(invocation, settings, { path: resolve(image), title: image });
  }
  return await askHub(invocation, settings);
}

async function scanHere(
  { terminal }: Invocation,
  settings: Settings,
  file: { readonly path: string; readonly title: string },
): Promise<Chosen> {
  const { config } = loadSettings(settings, terminal.environment);
  const report = await scanFile({
    ...file,
    name: settings.image,
    platform: settings.platform ?? localPlatform(),
    advisories: join(resolve(config.data), "advisories"),
    signal: terminal.signal,
  });
  return { report };
}

async function askHub(invocation: Invocation, settings: Settings): Promise<Chosen> {
  const [text = ""] = invocation.operands;
  const { host, repository, reference } = splitImageName(text);
  const options = { ...invocation.options, hub: settings.hub ?? host };
  await using hub = await connect({ ...invocation, options });
  const path = repository.split("/").map(encodeURIComponent).join("/");
  const line = `GET ${SCANS_PATH}/${path}?reference=${encodeURIComponent(reference)}`;
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    const { scans } = await hub.call({ line, answer: imageScans });
    const outcome = outcomeOfScan(chooseScan(scans, settings.platform));
    if (outcome !== undefined) return outcome;
    await sleep(POLL_MS, undefined, { signal: invocation.terminal.signal });
  }
  throw new CommandError("scanFailed", `${text} still waits for its scan: try again later`);
}

type Scan = z.output<typeof imageScan>;

function chooseScan(scans: readonly Scan[], platform: string | undefined): Scan {
  const [first, other] = scans;
  if (first !== undefined && other === undefined && platform === undefined) return first;
  const wanted = platform ?? localPlatform();
  const found = scans.find((scan) => scan.platform === wanted);
  if (found !== undefined) return found;
  const known = scans.map((scan) => scan.platform).join(", ");
  throw new CommandError("scanFailed", `there is no image for ${wanted}, but for ${known}`);
}

/** Undefined while its turn has not come. */
function outcomeOfScan({ state, report, reason }: Scan): Chosen | undefined {
  if (report !== null) return { report };
  if (state === "nothing") return { nothing: reason ?? "" };
  if (state === "failed") throw new CommandError("scanFailed", printable(reason ?? ""));
  return undefined;
}

/** Says in a sentence what is wrong with an image; other failures are ours. */
async function explained<Result>(
  { terminal }: Invocation,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    terminal.signal.throwIfAborted();
    const isExplained = [ImageUnreadable, LayerRefused, IndexDamaged, HubRefusal, HubUnreachable];
    if (!isExplained.some((kind) => cause instanceof kind)) throw cause;
    throw new CommandError("scanFailed", printable((cause as Error).message), { cause });
  }
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
