import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import {
  contextDiff,
  IMAGE_STATUSES,
  OFFICIAL_PATH,
  officialImage,
  officialImages,
  publishers,
  reviewers,
  submission,
} from "../contract/official.ts";
import { printable } from "../lib/printable.ts";
import { apiCommand, table } from "./api-command.ts";
import { type Command, CommandError } from "./command.ts";

type Shown = z.output<typeof submission>;

const ONE = `${OFFICIAL_PATH}/submissions`;
const FILES = ["README-short.txt", "content.md", "license.md", "maintainer.md", "github-repo"];

const submitOptions = z.object({
  docs: z.string(),
  security: z.boolean().default(false),
  draft: z.boolean().default(false),
});

const submitCommand = apiCommand({
  name: "official submit",
  summary: "submit a definition and its documentation to the library",
  describe: (line) =>
    line
      .argument("<name>", "without library/")
      .argument("<file>", "the definition")
      .requiredOption("--docs <folder>", "content.md, README-short.txt, logo.png and the others")
      .option("--security", "it mends a vulnerability")
      .option("--draft", "do not check it yet"),
  plan: async ({ operands: [name = "", file = ""], options }) => {
    const { docs, ...wish } = submitOptions.parse(options);
    const texts = await Promise.all(
      FILES.map(async (one) => [one, (await readOptional(join(docs, one)))?.toString("utf8")]),
    );
    const logo = await readOptional(join(docs, "logo.png"));
    const definition = (await readOptional(file))?.toString("utf8");
    if (definition === undefined) throw new CommandError("failed", `there is no ${file}`);
    const documents = Object.fromEntries(texts.filter(([, text]) => text !== undefined));
    const image = logo === undefined ? {} : { logo: logo.toString("base64") };
    return {
      line: `POST ${ONE}`,
      body: { name, definition, documents, ...image, ...wish },
      answer: submission,
    };
  },
  show: toLines,
});

const statusCommand = apiCommand({
  name: "official status",
  summary: "show how far a submission to the library is",
  describe: (line) => line.argument("<id>", "of the submission"),
  plan: ({ operands: [id = ""] }) => ({
    line: `GET ${ONE}/${encodeURIComponent(id)}`,
    answer: submission,
  }),
  show: toLines,
});

const checksCommand = apiCommand({
  name: "official checks",
  summary: "show what each check says of a submission",
  describe: (line) => line.argument("<id>", "of the submission"),
  plan: ({ operands: [id = ""] }) => ({
    line: `GET ${ONE}/${encodeURIComponent(id)}`,
    answer: submission,
  }),
  show: ({ checks }) =>
    table([
      ["", "SEVERITY", "STATE", "CHECK", "DETAILS"],
      ...checks.map(({ number, severity, state, title, details }) => [
        ...[`${number}`, severity, state, title, details.join("; ")],
      ]),
    ]),
});

const diffCommand = apiCommand({
  name: "official diff",
  summary: "show what a submission changes: tags, entries and build contexts",
  describe: (line) => line.argument("<id>", "of the submission"),
  plan: ({ operands: [id = ""] }) => ({
    line: `GET ${ONE}/${encodeURIComponent(id)}/diff`,
    answer: contextDiff,
  }),
  show: ({ text }) => text.split("\n").map(printable),
});

const reviewOptions = z.object({
  approve: z.boolean().default(false),
  digest: z.string(),
  note: z.string().default(""),
});

const reviewCommand = apiCommand({
  name: "official review",
  summary: "approve what was built of a submission, or ask for changes",
  describe: (line) =>
    line
      .argument("<id>", "of the submission")
      .requiredOption(
        "--digest <digest>",
        "what was looked at, as `berth official status` shows it",
      )
      .option("--approve", "otherwise changes are asked for")
      .option("--note <text>", "for its author"),
  plan: ({ operands: [id = ""], options }) => {
    const { approve, ...said } = reviewOptions.parse(options);
    const verdict = approve ? "approve" : "request changes";
    return {
      line: `POST ${ONE}/${encodeURIComponent(id)}/reviews`,
      body: { verdict, ...said },
      answer: submission,
    };
  },
  show: toLines,
});

const noteCommand = apiCommand({
  name: "official note",
  summary: "answer a warning about a submission",
  describe: (line) =>
    line
      .argument("<id>", "of the submission")
      .argument("<check>", "its number")
      .argument("<text>", "why it is right like this"),
  plan: ({ operands: [id = "", check = "", text = ""] }) => ({
    line: `POST ${ONE}/${encodeURIComponent(id)}/notes`,
    body: { check: Number(check), text },
    answer: submission,
  }),
  show: toLines,
});

/** What takes a submission on its way without more to say. */
function stepCommand(
  step: "check" | "withdraw" | "publish",
  name: string,
  summary: string,
): Command {
  return apiCommand({
    name,
    summary,
    describe: (line) => line.argument("<id>", "of the submission"),
    plan: ({ operands: [id = ""] }) => ({
      line: `POST ${ONE}/${encodeURIComponent(id)}/${step}`,
      answer: submission,
    }),
    show: toLines,
  });
}

const setOptions = z.object({ reason: z.string().default("") });

const setCommand = apiCommand({
  name: "official set",
  summary:
    "deprecate or retire an official image, or take it up again; its tags can still be pulled",
  describe: (line) =>
    line
      .argument("<name>", "without library/")
      .argument("<status>", IMAGE_STATUSES.join(", "))
      .option("--reason <text>", "for its page"),
  plan: ({ operands: [name = "", status = ""], options }) => ({
    line: `PUT ${OFFICIAL_PATH}/images/${encodeURIComponent(name)}/status`,
    body: { status, ...setOptions.parse(options) },
    answer: officialImage,
  }),
  show: ({ name, badge, tags }) => [`${name} is ${badge}; tags: ${tags.join(", ")}`],
});

const imagesCommand = apiCommand({
  name: "official images",
  summary: "list official images, and what needs attention of them",
  plan: () => ({ line: `GET ${OFFICIAL_PATH}/images`, answer: officialImages }),
  show: ({ items }) =>
    items.flatMap((image) => [
      `${image.name} is ${image.badge}; tags: ${image.tags.join(", ")}`,
      ...image.flags.map((flag) => `  ${flag}`),
      ...image.attention.map(
        ({ id, severity, package: name, version, fixedVersion }) =>
          `  ${id} (${severity}) in ${printable(name)} ${printable(version)}: ${printable(fixedVersion)} mends it`,
      ),
      ...(image.rebuild === undefined ? [] : [`  built anew by submission ${image.rebuild}`]),
    ]),
});

const removeOptions = z.object({ remove: z.boolean().default(false) });

const reviewersCommand = apiCommand({
  name: "official reviewers",
  summary: "list who reviews submissions, name one or dismiss one",
  describe: (line) =>
    line.argument("[name]", "of a user").option("--remove", "dismiss instead of name"),
  plan: ({ operands: [name], options }) => ({
    line: lineOf(`${OFFICIAL_PATH}/reviewers`, name, removeOptions.parse(options)),
    answer: reviewers,
  }),
  show: ({ items }) => items.map(({ name }) => name),
});

const publishersCommand = apiCommand({
  name: "official publishers",
  summary: "list verified publishers, verify one or take it back",
  describe: (line) =>
    line
      .argument("[namespace]", "of a user or an organization")
      .option("--remove", "take it back instead"),
  plan: ({ operands: [name], options }) => ({
    line: lineOf(`${OFFICIAL_PATH}/publishers`, name, removeOptions.parse(options)),
    answer: publishers,
  }),
  show: ({ items }) => items.map(({ namespace }) => namespace),
});

function lineOf(path: string, name: string | undefined, { remove }: { remove: boolean }): string {
  if (name === undefined) return `GET ${path}`;
  return `${remove ? "DELETE" : "PUT"} ${path}/${encodeURIComponent(name)}`;
}

function toLines({ id, name, state, why, digest, stage, ...one }: Shown): string[] {
  const failed = one.checks.filter((check) => check.state === "failed");
  const unseen = one.checks.filter((check) => check.state === "not run").length;
  return [
    `submission ${id} of library/${name}: ${state}${why === undefined ? "" : ` (${why})`}`,
    ...(digest === undefined
      ? []
      : [`built: ${digest}${stage === undefined ? "" : ` in ${stage}`}`]),
    `checks: ${failed.length} failed, ${unseen} not run here`,
    ...(one.objections.length > 0 ? [`asked for changes: ${one.objections.join(", ")}`] : []),
    ...(one.unanswered.length > 0 ? [`warnings to answer: ${one.unanswered.join(", ")}`] : []),
    `approvals: ${one.approvals} of ${one.approvalsNeeded}`,
  ].map(printable);
}

async function readOptional(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new CommandError("failed", printable((cause as Error).message), { cause });
  }
}

export const OFFICIAL_LIBRARY_COMMANDS: readonly Command[] = [
  submitCommand,
  statusCommand,
  checksCommand,
  diffCommand,
  reviewCommand,
  noteCommand,
  stepCommand("check", "official recheck", "build and check a submission anew"),
  stepCommand("withdraw", "official withdraw", "take a submission back"),
  stepCommand("publish", "official publish", "publish what was approved of a submission"),
  imagesCommand,
  setCommand,
  reviewersCommand,
  publishersCommand,
];
