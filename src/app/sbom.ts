import { randomUUID } from "node:crypto";
import { access } from "node:fs/promises";
import { basename } from "node:path";
import { z } from "zod";
import { table } from "../cli/api-command.ts";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import { printable } from "../lib/printable.ts";
import {
  BILL_FORMATS,
  ImageUnreadable,
  LayerRefused,
  openImage,
  proveDiffId,
  scanInventory,
  takeAtItsWord,
  writeBill,
} from "../scanning/index.ts";
import { saveFromDocker } from "./docker-image.ts";
import { askBill, attachBill, type BillComparison, compareBills } from "./hub-scan.ts";
import { localPlatform } from "./local-platform.ts";
import { readVersion } from "./version-command.ts";

const sbomOptions = z.object({
  json: z.boolean().default(false),
  format: z.string().default("table"),
  image: z.string().optional(),
  platform: z.string().optional(),
  hub: z.string().optional(),
  docker: z.boolean().default(false),
  verify: z.boolean().default(false),
  attach: z.boolean().default(false),
  compare: z.boolean().default(false),
});

type Inventory = Awaited<ReturnType<typeof scanInventory>>;

interface Listed {
  readonly inventory: Inventory;
  readonly subject: Parameters<typeof writeBill>[1]["subject"];
}

const FORMATS: Readonly<Record<string, (listed: Listed) => readonly string[]>> = {
  table: toTable,
  json: ({ inventory }) => [JSON.stringify(inventory)],
  ...Object.fromEntries(
    BILL_FORMATS.map((format) => [format, (listed: Listed) => [writeBill(format, listed)]]),
  ),
};

/** What `berth sbom` does. */
export async function listContents(invocation: Invocation): Promise<ExitReason> {
  const {
    operands: [path = ""],
    options,
    terminal,
  } = invocation;
  const settings = sbomOptions.parse(options);
  const format = FORMATS[settings.json ? "json" : settings.format];
  if (format === undefined) {
    const known = Object.keys(FORMATS).join(", ");
    throw new CommandError("usage", `${settings.format} is not a format: ${known}`);
  }
  const isOfHub = !settings.docker && !(await isThere(path));
  if (!isOfHub && (settings.attach || settings.compare))
    throw new CommandError("usage", "--attach and --compare are for images of a hub");
  if (settings.compare) return await compareOfHub(invocation, settings, path);
  if (isOfHub) return await listOfHub(invocation, settings, path);
  const listed = await explained(() => readImage(path, settings, terminal));
  for (const { path: at, reason } of listed.inventory.problems) {
    terminal.note(printable(`${at}: ${reason}`));
  }
  for (const line of format(listed)) terminal.print(line);
  return "ok";
}

/** What the hub found in the image, as a bill of materials; its JSON is CycloneDX. */
async function listOfHub(
  invocation: Invocation,
  { json, format, platform, hub, attach }: z.infer<typeof sbomOptions>,
  image: string,
): Promise<ExitReason> {
  const { terminal } = invocation;
  if (attach) {
    const chosen = BILL_FORMATS.find((one) => one === format) ?? "cyclonedx";
    const { digest } = await attachBill(invocation, { image, platform, hub, format: chosen });
    terminal.print(`attached ${digest}`);
    return "ok";
  }
  const written = BILL_FORMATS.find((one) => one === format);
  const bill = await askBill(invocation, {
    ...{ image, platform, hub, format: json ? "cyclonedx" : (written ?? "cyclonedx") },
  });
  if (json || written !== undefined || format === "json") {
    terminal.print(JSON.stringify(bill, undefined, 2));
    return "ok";
  }
  const { components } = z.object({ components: z.array(listedComponent).default([]) }).parse(bill);
  const packages = components.filter(({ type }) => type === "library");
  const rows = packages.map(({ name, version = "", purl = "", properties = [] }) => {
    const found = properties.find((one) => one.name === "berth:path")?.value ?? "";
    return [/^pkg:([^/]+)/.exec(purl)?.[1] ?? "", name, version, found].map(printable);
  });
  for (const line of toTableOf(rows)) terminal.print(line);
  return "ok";
}

/** What the hub found beside what came with the image. */
async function compareOfHub(
  invocation: Invocation,
  { json, platform, hub }: z.infer<typeof sbomOptions>,
  image: string,
): Promise<ExitReason> {
  const { terminal } = invocation;
  const compared = await compareBills(invocation, { image, platform, hub });
  if (json) terminal.printJson(compared);
  else for (const line of toComparison(compared)) terminal.print(line);
  return "ok";
}

function toComparison({ packages, sboms }: BillComparison): readonly string[] {
  if (sboms.length === 0) return ["no bill of materials came with it"];
  return sboms.flatMap(({ digest, from, format, tool, onlyHere, onlyThere, ...theirs }) => [
    printable(`${from} ${digest}: ${format} by ${tool || "somebody"}`),
    `  ${theirs.packages} packages there, ${packages} found by the hub`,
    ...onlyHere.map((one) => printable(`  + ${one.type} ${one.name} ${one.version}`)),
    ...onlyThere.map((one) => printable(`  - ${one.type} ${one.name} ${one.version}`)),
  ]);
}

const listedComponent = z.looseObject({
  type: z.string(),
  name: z.string(),
  version: z.string().optional(),
  purl: z.string().optional(),
  properties: z.array(z.looseObject({ name: z.string(), value: z.string() })).optional(),
});

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

async function readImage(
  named: string,
  settings: z.infer<typeof sbomOptions>,
  { signal, environment }: Invocation["terminal"],
): Promise<Listed> {
  if (!settings.docker) return await readInventory(named, settings, signal);
  await using archive = await saveFromDocker(named, { signal, environment });
  return await readInventory(archive.path, settings, signal);
}

async function readInventory(
  path: string,
  { image, platform, verify }: z.infer<typeof sbomOptions>,
  signal: AbortSignal,
): Promise<Listed> {
  const choice = {
    platform: platform ?? localPlatform(),
    ...(image === undefined ? {} : { name: image }),
  };
  await using opened = await openImage(path, choice);
  const prove = verify ? proveDiffId : takeAtItsWord;
  const inventory = await scanInventory(opened, { signal, prove });
  const { names, digest, config } = opened;
  const subject = {
    name: names[0] ?? basename(path),
    ...(digest === undefined ? {} : { digest }),
    diffIds: config.diffIds,
    id: randomUUID(),
    created: new Date(),
    version: await readVersion(),
  };
  return { inventory, subject };
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

function toTable({ inventory: { packages } }: Listed): readonly string[] {
  return toTableOf(
    packages.map((found) => [found.type, found.name, found.version, found.path].map(printable)),
  );
}

function toTableOf(rows: readonly (readonly string[])[]): readonly string[] {
  const sorted = rows.toSorted((one, other) => (one.join("\n") < other.join("\n") ? -1 : 1));
  return table([["TYPE", "NAME", "VERSION", "FOUND IN"], ...sorted]);
}
