import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { HubCall } from "../client/hub-client.ts";
import { attached } from "../contract/scans.ts";
import {
  type NewVexDecision,
  VEX_ATTACHMENTS_PATH,
  VEX_DOCUMENTS_PATH,
  VEX_FORMATS,
  VEX_JUSTIFICATIONS,
  VEX_PATH,
  VEX_STATUSES,
  type VexDecision,
  vexDecisions,
  vexImported,
} from "../contract/vex.ts";
import { parseDuration } from "../lib/duration.ts";
import { printable } from "../lib/printable.ts";
import { apiCommand, nothing, segment, table } from "./api-command.ts";
import { type Command, CommandError } from "./command.ts";
import { pathOfScope, SCOPE } from "./scope-path.ts";

const PLACE = `${SCOPE}; of an image acme/api:1.2 or acme/api@sha256:...`;

const addOptions = z.object({
  status: z.enum(VEX_STATUSES, { error: `--status must be one of ${VEX_STATUSES.join(", ")}` }),
  justification: z
    .enum(VEX_JUSTIFICATIONS, {
      error: `--justification must be one of ${VEX_JUSTIFICATIONS.join(", ")}`,
    })
    .optional(),
  reason: z.string(),
  package: z.string().optional(),
  for: z.string().optional(),
});

const addCommand = apiCommand({
  name: "vex add",
  summary: "decide that a finding is none here, or say what is done about it",
  description:
    "Decides about one vulnerability in an image, a repository, a namespace or the whole hub, in the words of OpenVEX.\n" +
    "not_affected and fixed take the finding out of reports, events and --fail-on; affected and under_investigation stand\n" +
    "beside it. Of several decisions the one of the narrowest scope counts. The finding comes back when it expires.",
  describe: (line) =>
    line
      .argument("<scope>", PLACE)
      .argument("<vulnerability>", "such as CVE-2023-44487")
      .requiredOption("--status <status>", VEX_STATUSES.join(", "))
      .option("--justification <word>", `of not_affected: ${VEX_JUSTIFICATIONS.join(", ")}`)
      .requiredOption("--reason <text>", "why; it stands in reports and in the audit trail")
      .option("--package <name>", "only in this package")
      .option("--for <duration>", "how long it counts, such as 30d (default: until it is revoked)"),
  plan: ({ operands: [place = "", vulnerability = ""], options }) => {
    const { for: lasts, package: name, ...said } = addOptions.parse(options);
    const { scope, reference } = splitPlace(place);
    const expiresAt = lasts === undefined ? undefined : endOf(lasts);
    const body: NewVexDecision = { vulnerability, package: name, ...said, reference, expiresAt };
    return { line: `POST ${pathOfScope(VEX_PATH, scope)}`, body, answer: vexDecisions };
  },
  show: ({ items }) => items.map(({ id, vulnerability }) => `${vulnerability} decided (${id})`),
});

const listOptions = z.object({ all: z.boolean().default(false) });

const listCommand = apiCommand({
  name: "vex list",
  summary: "list what was decided about findings",
  describe: (line) =>
    line.argument("<scope>", SCOPE).option("--all", "also what has expired or was revoked"),
  plan: ({ operands: [scope = ""], options }) => {
    const { all } = listOptions.parse(options);
    return { line: `GET ${pathOfScope(VEX_PATH, scope)}?all=${all}`, answer: vexDecisions };
  },
  show: ({ items }) =>
    table([
      ["ID", "VULNERABILITY", "PACKAGE", "STATUS", "SCOPE", "BY", "EXPIRES", "STATE", "REASON"],
      ...items.map(toRow),
    ]),
});

const revokeCommand = apiCommand({
  name: "vex revoke",
  summary: "take a decision back: what it took away is a finding again",
  describe: (line) => line.argument("<id>", "as berth vex list shows it"),
  plan: (typed) => ({
    line: `DELETE ${VEX_PATH}/decisions/${segment(typed, 0)}`,
    answer: nothing,
  }),
  show: () => ["taken back"],
});

const importOptions = z.object({ reason: z.string().optional(), for: z.string().optional() });

const importCommand = apiCommand({
  name: "vex import",
  summary: "decide what a VEX document says",
  description:
    "Reads OpenVEX, or CycloneDX with analysed vulnerabilities, also within an in-toto statement, and makes its statements\n" +
    "your decisions. What names an image by its digest counts for that image alone.",
  describe: (line) =>
    line
      .argument("<scope>", PLACE)
      .argument("<file>", "the document")
      .option("--reason <text>", "for statements that give none")
      .option("--for <duration>", "how long they count, such as 90d"),
  plan: async ({ operands: [place = "", file = ""], options }) => {
    const { reason, for: lasts } = importOptions.parse(options);
    const { scope, reference } = splitPlace(place);
    const expiresAt = lasts === undefined ? undefined : endOf(lasts);
    const body = { document: await readDocument(file), reason, reference, expiresAt };
    return { line: `POST ${pathOfScope(VEX_DOCUMENTS_PATH, scope)}`, body, answer: vexImported };
  },
  show: ({ added, skipped }) => [
    `${added} decided`,
    ...skipped.map(({ vulnerability, reason }) => printable(`skipped ${vulnerability}: ${reason}`)),
  ],
});

const exportOptions = z.object({
  format: z.enum(VEX_FORMATS, { error: "--format is openvex or cyclonedx" }).default("openvex"),
  attach: z.boolean().default(false),
});

const exportCommand = apiCommand({
  name: "vex export",
  summary: "write what was decided as a VEX document",
  description:
    "Writes what counts as a VEX document: of a scope what was decided there, of an image what counts for it from every level.",
  describe: (line) =>
    line
      .argument("<scope>", PLACE)
      .option("--format <format>", "openvex or cyclonedx", "openvex")
      .option("--attach", "of an image: push it beside the image, as its referrer"),
  plan: ({ operands: [place = ""], options }): HubCall<unknown> => {
    const { format, attach } = exportOptions.parse(options);
    const { scope, reference } = splitPlace(place);
    if (attach) {
      const path = scope.split("/").map(encodeURIComponent).join("/");
      const body = { format, reference };
      return { line: `POST ${VEX_ATTACHMENTS_PATH}/${path}`, body, answer: attached };
    }
    const query = new URLSearchParams({ format, ...(reference && { reference }) });
    return { line: `GET ${pathOfScope(VEX_DOCUMENTS_PATH, scope)}?${query}`, answer: z.unknown() };
  },
  show: (answer) => {
    const pushed = attached.safeParse(answer);
    if (pushed.success) return [`attached ${pushed.data.digest}`];
    return [JSON.stringify(answer, undefined, 2)];
  },
});

export const VEX_COMMANDS: readonly Command[] = [
  addCommand,
  listCommand,
  revokeCommand,
  importCommand,
  exportCommand,
];

/** `acme/api:1.2` is an image of a repository. */
function splitPlace(place: string): { readonly scope: string; readonly reference?: string } {
  const [, named, digest] = /^(.+)@(sha(?:256|512):[0-9a-f]+)$/.exec(place) ?? [];
  if (named !== undefined && digest !== undefined) return { scope: named, reference: digest };
  const [, scope, tag] = /^(.+\/[^/:]+):([\w][\w.-]{0,127})$/.exec(place) ?? [];
  if (scope !== undefined && tag !== undefined) return { scope, reference: tag };
  return { scope: place };
}

function endOf(lasts: string): string {
  const ms = parseDuration(lasts);
  if (ms === undefined) throw new CommandError("usage", `"${lasts}" is no duration, such as 30d`);
  return new Date(Date.now() + ms).toISOString();
}

async function readDocument(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    const why = cause instanceof SyntaxError ? "it is no JSON" : (cause as Error).message;
    throw new CommandError("usage", `could not read ${file}: ${why}`, { cause });
  }
}

function toRow(decision: VexDecision): readonly string[] {
  const { id, vulnerability, status, scope, author, expiresAt, state, reason } = decision;
  const where = scope.digest === null ? (scope.name ?? "hub") : `${scope.name}@${scope.digest}`;
  const until = expiresAt?.slice(0, 16).replace("T", " ") ?? "-";
  const cells = [id, vulnerability, decision.package ?? "-", status, where, author, until, state];
  return [...cells, reason].map(printable);
}
