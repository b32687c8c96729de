import { z } from "zod";
import {
  CONTENT_TRUST_CHANGES_PATH,
  CONTENT_TRUST_PATH,
  repositoryTrust,
  trustChange,
} from "../contract/content-trust.ts";
import { pageOf } from "../contract/pages.ts";
import { apiCommand, nothing, table } from "./api-command.ts";
import type { Command } from "./command.ts";
import { confirm, YES_OPTION } from "./confirmation.ts";

const NAME_ARGUMENT = ["<name>", "such as acme/api"] as const;
const PAGE = 1000;
const SHORT_ID = 12;

const showCommand = apiCommand({
  name: "trust show",
  summary: "show what is signed in a repository with Docker Content Trust, and by which keys",
  describe: (line) => line.argument(...NAME_ARGUMENT),
  plan: ({ operands: [name = ""] }) => ({
    line: `GET ${at(CONTENT_TRUST_PATH, name)}`,
    answer: repositoryTrust,
  }),
  show: ({ repository, items }) =>
    items.length === 0 ? [`nothing is signed in ${repository}`] : items.flatMap(showCollection),
});

function showCollection(one: z.infer<typeof repositoryTrust>["items"][number]): string[] {
  const { gun, isCurrentName, roles, tags, hasMoreTags } = one;
  return [
    isCurrentName ? gun : `${gun} (a name that the repository had before: this counts no more)`,
    ...table([
      ["ROLE", "VERSION", "EXPIRES", "KEYS"],
      ...roles.map(({ role, version, expires, threshold, keys }) => [
        ...[role, String(version), expires],
        `${threshold} of ${keys.map(({ id, name }) => name ?? id.slice(0, SHORT_ID)).join(", ")}`,
      ]),
    ]),
    ...table([
      ["TAG", "DIGEST", "SIGNED BY"],
      ...tags.map(({ tag, digest, roles: by }) => [tag, digest ?? "", by.join(", ")]),
    ]),
    ...(hasMoreTags ? ["and more"] : []),
  ];
}

const logCommand = apiCommand({
  name: "trust log",
  summary: "list what was published to a repository's trust data, the latest first",
  describe: (line) =>
    line.argument(...NAME_ARGUMENT).option("--after <id>", "begin behind this one"),
  plan: ({ operands: [name = ""], options }) => {
    const { after } = z.object({ after: z.string().optional() }).parse(options);
    const query = new URLSearchParams({ limit: String(PAGE), ...(after && { last: after }) });
    return {
      line: `GET ${at(CONTENT_TRUST_CHANGES_PATH, name)}?${query}`,
      answer: pageOf(trustChange),
    };
  },
  show: ({ items, next }, { operands }) => [
    ...table([
      ["AT", "NAME", "WHAT", "VERSION"],
      ...items.map(({ at: time, gun, category, version }) => [
        ...[time, gun, category, String(version)],
      ]),
    ]),
    ...(next === undefined ? [] : [`more: berth trust log ${operands[0]} --after ${next}`]),
  ],
});

const resetPlan = apiCommand({
  name: "trust reset",
  summary: "remove all trust data of a repository, as when its root key is lost",
  description:
    "Removes everything that is signed in a repository with Docker Content Trust, and the keys that the hub holds for it. Images\n" +
    "stay. The next docker push with content trust begins anew, with a root key of its own; whoever pulled before has to\n" +
    "remove ~/.docker/trust/tuf/HOST/NAME, since their docker remembers the old root.",
  describe: (line) =>
    line
      .argument(...NAME_ARGUMENT)
      .option("--gun <name>", "only what is signed under this name, as berth trust show lists it")
      .option(...YES_OPTION),
  plan: ({ operands: [name = ""], options }) => {
    const { gun } = z.object({ gun: z.string().optional() }).parse(options);
    const query = gun === undefined ? "" : `?${new URLSearchParams({ gun })}`;
    return { line: `DELETE ${at(CONTENT_TRUST_PATH, name)}${query}`, answer: nothing };
  },
  show: () => ["removed"],
});

const resetCommand: Command = {
  ...resetPlan,
  async run(invocation) {
    const [name = ""] = invocation.operands;
    const consequence = `Every signature of ${name} goes, and whoever demands them cannot pull until it is signed anew.`;
    await confirm(invocation, { name, consequence });
    return await resetPlan.run(invocation);
  },
};

export const CONTENT_TRUST_COMMANDS: readonly Command[] = [showCommand, logCommand, resetCommand];

function at(path: string, name: string): string {
  return `${path}/${name.split("/").map(encodeURIComponent).join("/")}`;
}
