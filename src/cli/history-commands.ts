import { z } from "zod";
import {
  deletedManifest,
  lostTag,
  pastTag,
  restored,
  TAG_DIFFERENCES_PATH,
  TAG_HISTORY_PATH,
  TAG_RESTORATIONS_PATH,
  TAG_STATES_PATH,
  TRASH_MANIFESTS_PATH,
  TRASH_TAGS_PATH,
  tagDifference,
  tagMove,
  undeleted,
} from "../contract/history.ts";
import { pageOf } from "../contract/pages.ts";
import { parseDuration } from "../lib/duration.ts";
import { apiCommand, table } from "./api-command.ts";
import { type Command, CommandError, type Invocation } from "./command.ts";

const PAGE = 1000;
const TIME = "a time, such as 2026-11-24T08:00:00Z, or how long ago, such as 2h or 7d";

const TAG_ARGUMENT = ["<name:tag>", "such as acme/api:1.4"] as const;
const NAME_ARGUMENT = ["<name>", "such as acme/api"] as const;

const historyCommand = apiCommand({
  name: "tag history",
  summary: "list every move of a tag, the latest first",
  description:
    "Lists every move of a tag: from and to which image, by whom, with which token and why. What is still here can be\n" +
    "pulled as NAME:TAG@DIGEST, until the time in the last column if there is one.",
  describe: (line) =>
    line.argument(...TAG_ARGUMENT).option("--after <id>", "begin behind this move"),
  plan: (typed) => {
    const { after } = z.object({ after: z.string().optional() }).parse(typed.options);
    const { name, tag } = readTag(typed);
    const query = { tag, limit: String(PAGE), ...(after && { last: after }) };
    return { line: `GET ${at(TAG_HISTORY_PATH, name, query)}`, answer: pageOf(tagMove) };
  },
  show: ({ items, next }, typed) => [
    ...table([
      ["AT", "FROM", "TO", "BY", "TOKEN", "WHY", "IS", "UNTIL"],
      ...items.map((one) => [
        one.at,
        short(one.from),
        short(one.to),
        one.by,
        one.token ?? "",
        one.cause,
        one.state,
        one.until ?? "",
      ]),
    ]),
    ...(next === undefined ? [] : [`more: berth tag history ${typed.operands[0]} --after ${next}`]),
  ],
});

const showCommand = apiCommand({
  name: "tag show",
  summary: "say what a tag, or every tag of a repository, named at a time",
  describe: (line) =>
    line
      .argument("<name>", "such as acme/api:1.4, or acme/api for all tags")
      .option("--at <time>", TIME)
      .option("--after <tag>", "of all tags: begin behind this one"),
  plan: (typed) => {
    const options = z.object({ at: z.string().optional(), after: z.string().optional() });
    const { at: text, after } = options.parse(typed.options);
    const { name, tag } = splitTag(typed);
    const query = {
      ...(text !== undefined && { at: parseTime(text).toISOString() }),
      ...(tag && { tag }),
      ...{ limit: String(PAGE), ...(after && { last: after }) },
    };
    return { line: `GET ${at(TAG_STATES_PATH, name, query)}`, answer: pageOf(pastTag) };
  },
  show: ({ items, next }, typed) => [
    ...table([
      ["TAG", "DIGEST", "SINCE", "BY", "IS", "UNTIL"],
      ...items.map((one) => [
        ...[one.tag, one.digest, one.since, one.by, one.state, one.until ?? ""],
      ]),
    ]),
    ...(next === undefined ? [] : [`more: berth tag show ${typed.operands[0]} --after ${next}`]),
  ],
});

const diffCommand = apiCommand({
  name: "tag diff",
  summary: "compare what a tag named at two points of its history",
  describe: (line) =>
    line
      .argument(...TAG_ARGUMENT)
      .option("--from <digest|time>", `a digest, or ${TIME}; now if it is not given`)
      .option("--to <digest|time>", "the same"),
  plan: (typed) => {
    const points = z.object({ from: z.string().optional(), to: z.string().optional() });
    const { from, to } = points.parse(typed.options);
    const { name, tag } = readTag(typed);
    const query = {
      tag,
      ...(from !== undefined && { from: parsePoint(from) }),
      ...(to !== undefined && { to: parsePoint(to) }),
    };
    return { line: `GET ${at(TAG_DIFFERENCES_PATH, name, query)}`, answer: tagDifference };
  },
  show: ({ from, to, platforms, layers, ...facts }) => {
    if (from === to) return [`both are ${from}`];
    const described = { platform: platforms, layer: layers, ...facts };
    return [
      `--- ${from}`,
      `+++ ${to}`,
      ...Object.entries(described).flatMap(([what, changes]) =>
        changes.flatMap((change) => showChange(what, change)),
      ),
    ];
  },
});

const restoreCommand = apiCommand({
  name: "tag restore",
  summary: "let a tag name again what it named before",
  describe: (line) =>
    line.argument(...TAG_ARGUMENT).requiredOption("--to <digest|time>", `a digest, or ${TIME}`),
  plan: (typed) => {
    const { to } = z.object({ to: z.string() }).parse(typed.options);
    const point = parsePoint(to);
    return planRestoration(typed, isDigest(point) ? { digest: point } : { at: point });
  },
  show: showRestored,
});

const undeleteCommand = apiCommand({
  name: "tag undelete",
  summary: "bring a deleted tag back",
  describe: (line) => line.argument(...TAG_ARGUMENT),
  plan: (typed) => planRestoration(typed, {}),
  show: showRestored,
});

const trashTagsCommand = apiCommand({
  name: "repo trash tags",
  summary: "list the deleted tags of a repository that can be brought back",
  describe: (line) =>
    line.argument(...NAME_ARGUMENT).option("--after <tag>", "begin behind this tag"),
  plan: (typed) => ({
    line: `GET ${at(TRASH_TAGS_PATH, nameOf(typed), pageOptions(typed))}`,
    answer: pageOf(lostTag),
  }),
  show: ({ items, next }, typed) => [
    ...table([
      ["TAG", "DIGEST", "DELETED", "BY", "UNTIL"],
      ...items.map((one) => [one.tag, one.digest, one.deletedAt, one.by, one.until ?? ""]),
    ]),
    ...(next === undefined ? [] : [`more: berth repo trash tags ${nameOf(typed)} --after ${next}`]),
  ],
});

const trashManifestsCommand = apiCommand({
  name: "repo trash manifests",
  summary: "list the deleted manifests of a repository that can be brought back",
  describe: (line) =>
    line.argument(...NAME_ARGUMENT).option("--after <id>", "begin behind this one"),
  plan: (typed) => ({
    line: `GET ${at(TRASH_MANIFESTS_PATH, nameOf(typed), pageOptions(typed))}`,
    answer: pageOf(deletedManifest),
  }),
  show: ({ items, next }, typed) => [
    ...table([
      ["DIGEST", "TAGS", "DELETED", "BY", "WHY", "UNTIL"],
      ...items.map((one) => [
        ...[one.digest, one.tags.join(","), one.deletedAt, one.by, one.cause, one.until],
      ]),
    ]),
    ...(next === undefined
      ? []
      : [`more: berth repo trash manifests ${nameOf(typed)} --after ${next}`]),
  ],
});

const trashRestoreCommand = apiCommand({
  name: "repo trash restore",
  summary: "bring a deleted manifest back, with its tags, children and referrers",
  describe: (line) =>
    line.argument(...NAME_ARGUMENT).argument("<digest>", "as repo trash manifests lists it"),
  plan: (typed) => ({
    line: `POST ${at(TRASH_MANIFESTS_PATH, nameOf(typed))}`,
    body: { digest: typed.operands[1] ?? "" },
    answer: undeleted,
  }),
  show: ({ manifests, tags, kept }) => [
    ...manifests.map((digest) => `${digest} is back`),
    ...tags.map((tag) => `tag ${tag} is back`),
    ...kept.map((tag) => `tag ${tag} names something else by now, and was left alone`),
  ],
});

export const HISTORY_COMMANDS: readonly Command[] = [
  historyCommand,
  showCommand,
  diffCommand,
  restoreCommand,
  undeleteCommand,
  trashTagsCommand,
  trashManifestsCommand,
  trashRestoreCommand,
];

function planRestoration(typed: Invocation, body: Record<string, string>) {
  const { name, tag } = readTag(typed);
  const line = `POST ${at(TAG_RESTORATIONS_PATH, name)}`;
  return { line, body: { tag, ...body }, answer: restored };
}

function showRestored({ tag, digest, manifests }: z.output<typeof restored>): readonly string[] {
  return [...manifests.map((one) => `${one} is back`), `${tag} names ${digest}`];
}

function pageOptions({ options }: Invocation): Record<string, string> {
  const { after } = z.object({ after: z.string().optional() }).parse(options);
  return { limit: String(PAGE), ...(after && { last: after }) };
}

/** A tag cannot hold a slash, and a name no colon. */
function splitTag(typed: Invocation): { readonly name: string; readonly tag: string | undefined } {
  const [name = "", tag] = nameOf(typed).split(":");
  return { name, tag };
}

function readTag(typed: Invocation): { readonly name: string; readonly tag: string } {
  const { name, tag } = splitTag(typed);
  if (tag === undefined || tag === "")
    throw new CommandError("usage", "say which tag, such as acme/api:1.4");
  return { name, tag };
}

function nameOf({ operands: [name = ""] }: Invocation): string {
  return name;
}

/** A time, or how long ago it was. */
function parseTime(text: string): Date {
  const ago = parseDuration(text);
  const time = ago === undefined ? new Date(text) : new Date(Date.now() - ago);
  if (Number.isNaN(time.getTime())) throw new CommandError("usage", `"${text}" is not ${TIME}`);
  return time;
}

/** A digest as it is, or a time as the hub reads it. */
function parsePoint(text: string): string {
  return isDigest(text) ? text : parseTime(text).toISOString();
}

function isDigest(text: string): boolean {
  return /^sha(256|512):/.test(text);
}

/** As diff shows it: what is gone, and what there is instead. */
function showChange(
  what: string,
  { name, from, to }: { name: string; from?: string | undefined; to?: string | undefined },
): readonly string[] {
  const line = (value: string) =>
    what === "layer" ? `layer ${name} (${value})` : `${what} ${name}=${value}`;
  return [
    ...(from === undefined ? [] : [`- ${line(from)}`]),
    ...(to === undefined ? [] : [`+ ${line(to)}`]),
  ];
}

/** Enough of a digest to tell one from another; --json has all of it. */
function short(digest: string | undefined): string {
  return digest?.slice(0, 19) ?? "-";
}

/** The slashes of a name stay what they are. */
function at(path: string, name: string, query: Record<string, string> = {}): string {
  const search = new URLSearchParams(query).toString();
  const address = `${path}/${name.split("/").map(encodeURIComponent).join("/")}`;
  return search === "" ? address : `${address}?${search}`;
}
