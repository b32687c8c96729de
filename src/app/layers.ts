import { existsSync } from "node:fs";
import { z } from "zod";
import { table } from "../cli/api-command.ts";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import { formatBytes } from "../lib/byte-size.ts";
import { printable } from "../lib/printable.ts";
import {
  ImageUnreadable,
  LayerRefused,
  type LayersReport,
  lookAtFileLayers,
} from "../scanning/index.ts";
import { saveFromDocker } from "./docker-image.ts";
import { askLayers } from "./hub-scan.ts";
import { localPlatform } from "./local-platform.ts";

const layersOptions = z.object({
  json: z.boolean().default(false),
  format: z.enum(["text", "json"], { error: "must be text or json" }),
  image: z.string().optional(),
  platform: z.string().optional(),
  hub: z.string().optional(),
  failBelow: z.coerce
    .number({ error: "must be a number from 0 to 1" })
    .min(0, { error: "must be a number from 0 to 1" })
    .max(1, { error: "must be a number from 0 to 1" })
    .optional(),
  docker: z.boolean().default(false),
});

type Settings = z.output<typeof layersOptions>;

const INSTRUCTION_LENGTH = 70;

/** What `berth layers` does. */
export async function showLayers(invocation: Invocation): Promise<ExitReason> {
  const settings = layersOptions.parse(invocation.options);
  const { terminal } = invocation;
  const report = await explained(() => look(invocation, settings));
  if (settings.json || settings.format === "json") terminal.printJson(report);
  else for (const line of toText(report)) terminal.print(printable(line));
  return report.efficiency < (settings.failBelow ?? 0) ? "failed" : "ok";
}

async function look(invocation: Invocation, settings: Settings): Promise<LayersReport> {
  const [named = ""] = invocation.operands;
  const { signal, environment } = invocation.terminal;
  const { image: name, platform = localPlatform() } = settings;
  if (settings.docker) {
    await using archive = await saveFromDocker(named, { signal, environment });
    return await lookAtFileLayers({ path: archive.path, name, platform, signal });
  }
  // What begins as paths do is never taken for the name of an image.
  if (/^[./~]/.test(named) || existsSync(named))
    return await lookAtFileLayers({ path: named, name, platform, signal });
  const { platform: wished, hub } = settings;
  const { report, reason } = await askLayers(invocation, { image: named, platform: wished, hub });
  if (report !== null) return report;
  throw new CommandError("failed", printable(reason ?? `the hub knows no layers of ${named}`));
}

/** Says what is wrong with the image in a sentence; other failures are ours. */
async function explained<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    const isExplained = cause instanceof ImageUnreadable || cause instanceof LayerRefused;
    const isNoFile = (cause as NodeJS.ErrnoException).code === "ENOENT";
    if (!isExplained && !isNoFile) throw cause;
    throw new CommandError("failed", printable((cause as Error).message), { cause });
  }
}

function toText({ layers, advice, ...report }: LayersReport): string[] {
  const rows = layers.map(({ files, bytes, hiddenBytes, instruction }, index) => [
    `${index + 1}`,
    `${files}`,
    formatBytes(bytes),
    formatBytes(hiddenBytes),
    shorten(instruction ?? ""),
  ]);
  const score = (report.efficiency * 100).toFixed(1);
  return [
    ...table([["LAYER", "FILES", "SIZE", "HIDDEN", "MADE BY"], ...rows]),
    "",
    `${formatBytes(report.bytes)} unpacked, of which later layers hide ${formatBytes(report.hiddenBytes)}; efficiency ${score} % as dive counts it`,
    ...advice.flatMap((one) => ["", ...adviceLines(one)]),
  ];
}

function adviceLines(one: LayersReport["advice"][number]): string[] {
  const more = one.fileCount - one.files.length;
  return [
    `${formatBytes(one.bytes)}: ${one.title} (${one.id})`,
    `  layer ${one.layer + 1}: ${shorten(one.instruction ?? "its step is not known")}`,
    ...one.files.slice(0, 3).map((path) => `    /${path}`),
    ...(one.fileCount > 3 ? [`    and ${more + Math.max(0, one.files.length - 3)} more`] : []),
    `  ${one.why}`,
    `  ${one.how}`,
    ...(one.patch ?? "").split("\n").flatMap((line) => (line === "" ? [] : [`    ${line}`])),
  ];
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ");
  return line.length > INSTRUCTION_LENGTH ? `${line.slice(0, INSTRUCTION_LENGTH - 3)}...` : line;
}
