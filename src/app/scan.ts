import { randomUUID } from "node:crypto";
import { access } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { IndexDamaged } from "../advisories/index.ts";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import { HubRefusal, HubUnreachable } from "../client/hub-error.ts";
import { type ScanReport, SEVERITIES, type Severity } from "../contract/scans.ts";
import { printable } from "../lib/printable.ts";
import {
  addFindings,
  BILL_FORMATS,
  ImageUnreadable,
  isAsBad,
  LayerRefused,
  proveDiffId,
  REPORT_FORMATS,
  scanFile,
  selectFindings,
  takeAtItsWord,
  toFlawText,
  toSuppressedText,
  writeBill,
} from "../scanning/index.ts";
import { saveFromDocker } from "./docker-image.ts";
import { askBill, askScan } from "./hub-scan.ts";
import { loadSettings } from "./load-settings.ts";
import { localPlatform } from "./local-platform.ts";
import { checkDockerfile } from "./scan-dockerfile.ts";
import { readVersion } from "./version-command.ts";

const severity = z.enum(SEVERITIES, { error: `must be one of ${SEVERITIES.join(", ")}` });

const scanOptions = z.object({
  json: z.boolean().default(false),
  format: z.string().default("text"),
  severity: severity.optional(),
  failOn: severity.optional(),
  dockerfile: z.string().optional(),
  flaws: z.boolean().default(false),
  suppressed: z.boolean().default(false),
  onlyFixed: z.boolean().default(false),
  platform: z.string().optional(),
  image: z.string().optional(),
  docker: z.boolean().default(false),
  verify: z.boolean().default(false),
  hub: z.string().optional(),
  config: z.string().optional(),
  data: z.string().optional(),
});

type Settings = z.output<typeof scanOptions>;
type BillFormat = "cyclonedx" | "spdx" | "spdx3";
type Bill = Readonly<Record<string, unknown>>;

interface Scanned {
  readonly report: ScanReport;
  readonly bill: (format: BillFormat) => Promise<Bill>;
}
type Chosen = Scanned | { readonly nothing: string };

/** What `berth scan` does. */
export async function scanImage(invocation: Invocation): Promise<ExitReason> {
  const settings = scanOptions.parse(invocation.options);
  const { terminal } = invocation;
  if (settings.dockerfile !== undefined)
    return await checkDockerfile(invocation, { ...settings, path: settings.dockerfile });
  const print = choosePrinter(invocation, settings);
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
  await print({ ...chosen, report });
  return outcomeOf(report, settings.failOn);
}

type Print = (scanned: Scanned) => Promise<void>;

/** Known before anything is scanned: whoever mistyped a format need not wait for it. */
function choosePrinter(invocation: Invocation, settings: Settings): Print {
  const { terminal } = invocation;
  const name = settings.json ? "json" : settings.format;
  const billFormat = BILL_FORMATS.find((one) => one === name);
  if (billFormat !== undefined)
    return async ({ report, bill }) => {
      const written = await explained(invocation, () => bill(billFormat));
      const whole = billFormat === "cyclonedx" ? addFindings(written, report) : written;
      terminal.print(JSON.stringify(whole, undefined, 2));
    };
  const format = REPORT_FORMATS[name];
  if (format === undefined) {
    const known = [...Object.keys(REPORT_FORMATS), ...BILL_FORMATS].join(", ");
    throw new CommandError("usage", `${settings.format} is not a format: ${known}`);
  }
  // What programs read has flaws and what was suppressed in their places.
  const isForPeople = name === "text" || name === "table";
  return async ({ report }) => {
    const flaws = settings.flaws && isForPeople ? toFlawText(report) : [];
    const suppressed = settings.suppressed && isForPeople ? toSuppressedText(report) : [];
    for (const line of [...flaws, ...suppressed]) terminal.print(line);
    for (const line of format(report, await readVersion())) terminal.print(line);
  };
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
  const { report, inventory, diffIds } = await scanFile({
    ...file,
    name: settings.image,
    platform: settings.platform ?? localPlatform(),
    advisories: join(resolve(config.data), "advisories"),
    signal: terminal.signal,
    prove: settings.verify ? proveDiffId : takeAtItsWord,
  });
  const bill = async (format: BillFormat) => {
    const { digest } = report;
    const subject = {
      ...{ name: file.title, diffIds, id: randomUUID(), created: new Date() },
      ...(digest === null ? {} : { digest }),
      version: await readVersion(),
    };
    return JSON.parse(writeBill(format, { inventory, subject })) as Bill;
  };
  return { report, bill };
}

async function askHub(invocation: Invocation, settings: Settings): Promise<Chosen> {
  const [image = ""] = invocation.operands;
  const { platform, hub } = settings;
  const { state, report, reason } = await askScan(invocation, { image, platform, hub });
  if (report !== null) {
    const bill = (format: BillFormat) => askBill(invocation, { image, platform, hub, format });
    return { report, bill };
  }
  if (state === "nothing") return { nothing: reason ?? "" };
  throw new CommandError("scanFailed", printable(reason ?? ""));
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
