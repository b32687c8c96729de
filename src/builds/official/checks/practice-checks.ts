import type { Instruction } from "../../../scanning/index.ts";
import type { Check } from "./check.ts";
import {
  atLine,
  copiedBy,
  type DockerfileSubject,
  runsOf,
  variablesOf,
} from "./dockerfile-subject.ts";

const INSTALLS =
  /\b(?:apt-get|apt|dnf|yum|microdnf|zypper)\s+(?:-\S+\s+)*(?:install|in)\b|\bapk\s+(?:-\S+\s+)*add\b|\b(?:pip3?|gem|npm|cargo)\s+(?:-\S+\s+)*(?:install|i)\b/;
const FETCHES = /\b(?:curl|wget)\b|\bgit\s+clone\b/;
const PINNED = /[\w.+-]=[\w.+:~-]*\d|==\d|\w@\d|--version[= ]\d|:\d+(?:\.\d+)+/;
const VERSION = /^\w*(?:VERSION|RELEASE|_REV|COMMIT)$/;
const SECRET_FILES = /(?:^|\/)(?:\.git|\.env|id_\w+|\.npmrc|\.netrc)(?:\/|$)/;
/** Longer scripts hide from reviewers what the Dockerfile would show. */
const SCRIPT_LINES = 30;

export const PRACTICE_CHECKS: readonly Check<DockerfileSubject>[] = [
  {
    number: 19,
    id: "version-not-pinned",
    severity: "warning",
    title: "Names the version of what it installs",
    why: "A build that takes whatever is the newest gives another image tomorrow, under the same tag.",
    fix: "Say ENV X_VERSION=1.2.3, and use it where the software is installed.",
    look: (subject) => {
      const names = [...variablesOf(subject.instructions).keys()].filter((one) =>
        VERSION.test(one),
      );
      const used = subject.instructions.filter(({ keyword }) => /^(?:RUN|ADD|FROM)$/.test(keyword));
      const uses = (name: string) =>
        used.some(({ text }) => new RegExp(`\\$\\{?${name}\\b`).test(text));
      const idle = names.filter((name) => !uses(name)).map((name) => `${name} is used nowhere`);
      const takes = used.filter(({ text }) => INSTALLS.test(text) || FETCHES.test(text));
      const isPinned = names.some(uses) || takes.some(({ text }) => PINNED.test(text));
      const [first] = takes;
      if (first === undefined || isPinned) return idle;
      return [...idle, atLine(first.line, "nothing says which version is installed")];
    },
  },
  {
    number: 20,
    id: "secret-in-dockerfile",
    severity: "error",
    title: "Holds no secrets",
    why: "Everybody who may pull the image reads what ENV, ARG and COPY put into it.",
    fix: "Change the secret, and give it by RUN --mount=type=secret.",
    look: ({ flaws, instructions }) => [
      ...flaws
        .filter(({ id }) => id === "secret-in-dockerfile" || id === "private-file-copied")
        .map(({ line }) => atLine(line, "this looks like a secret")),
      ...instructions
        .filter((one) => copiedBy(one).some((path) => SECRET_FILES.test(path)))
        .filter(
          ({ line }) => !flaws.some((one) => one.line === line && one.id === "private-file-copied"),
        )
        .map(({ line }) => atLine(line, "a file that is private is copied")),
    ],
  },
  {
    number: 21,
    id: "package-lists-kept",
    severity: "warning",
    title: "Cleans up after apt-get in the same layer",
    why: "Lists that stay make every pull larger; lists from an older layer install packages that are gone.",
    fix: "RUN apt-get update && apt-get install -y ... && rm -rf /var/lib/apt/lists/*.",
    look: ({ flaws, instructions }) =>
      flaws
        .filter(({ id }) => id === "update-alone" || id === "package-cache-kept")
        .filter(({ line }) =>
          instructions.some((one) => one.line === line && /\bapt(?:-get)?\b/.test(one.text)),
        )
        .map(({ line }) =>
          atLine(line, "lists of packages stay in the layer, or come from another"),
        ),
  },
  {
    number: 22,
    id: "copies-everything",
    severity: "warning",
    title: "Copies the files that it needs",
    why: "Whatever lies in the folder comes along, and each change of any of it builds everything anew.",
    fix: "Name the files: COPY docker-entrypoint.sh /usr/local/bin/.",
    look: ({ instructions }) =>
      instructions
        .filter((one) =>
          copiedBy(one).some((path) => /^(?:\.\/?|\/|\*|\.\/\*|[^.*]+\/)$/.test(path)),
        )
        .map(({ line }) => atLine(line, "a whole folder is copied")),
  },
  {
    number: 23,
    id: "add-for-local-file",
    severity: "advice",
    title: "Copies local files by COPY",
    why: "ADD also unpacks archives and fetches addresses, so a reader has to find out what it does.",
    fix: "Use COPY.",
    look: ({ flaws }) =>
      flaws
        .filter(({ id }) => id === "add-instead-of-copy")
        .map(({ line }) => atLine(line, "COPY does it")),
  },
  {
    number: 24,
    id: "loose-rights",
    severity: "error",
    title: "Gives nobody more rights than they need",
    why: "sudo, a file that everybody may change and a known password each turn a small hole into a whole one.",
    fix: "Use USER and gosu, chmod to what is needed, and set no password.",
    look: ({ flaws, instructions }) => [
      ...flaws
        .filter(({ id }) => id === "runs-sudo" || id === "everybody-may-write")
        .map(({ line }) => atLine(line, "sudo, or a file that everybody may change")),
      ...instructions
        .filter(({ keyword, text }) => keyword === "RUN" && setsPassword(text))
        .map(({ line }) => atLine(line, "a user gets a password")),
    ],
  },
  {
    number: 25,
    id: "cache-order",
    severity: "warning",
    title: "Puts what changes often last",
    why: "Everything below a line that changed is built anew: sources before packages mean installing them with each change.",
    fix: "Install packages first; copy sources and name versions after that.",
    look: ({ instructions }) => {
      const lines: string[] = [];
      let changing: Instruction | undefined;
      for (const one of instructions) {
        if (one.keyword === "FROM") changing = undefined;
        else if (changing !== undefined && installsWithout(one, changing)) {
          lines.push(atLine(changing.line, `it changes more often than line ${one.line} below it`));
          changing = undefined;
        } else if (isChanging(one)) changing ??= one;
      }
      return lines;
    },
  },
  {
    number: 26,
    id: "opaque-script",
    severity: "advice",
    title: "Builds in the Dockerfile, where it can be read",
    why: "A long script that a RUN starts hides from readers of the Dockerfile what the image is made of.",
    fix: `Write its commands into RUN; up to ${SCRIPT_LINES} lines are nobody's trouble.`,
    look: async (subject) => {
      const wrong: string[] = [];
      const copied = subject.instructions.flatMap(copiedBy).filter((path) => !path.includes("*"));
      for (const path of new Set(copied)) {
        const name = path.slice(path.lastIndexOf("/") + 1);
        const run = runsOf(subject).find(({ words }) =>
          words.some((word) => word === name || word.endsWith(`/${name}`)),
        );
        if (run === undefined || name === "") continue;
        const lines = (await subject.read(path))?.split("\n").length ?? 0;
        if (lines > SCRIPT_LINES) wrong.push(atLine(run.line, `${path} has ${lines} lines`));
      }
      return wrong;
    },
  },
];

function setsPassword(text: string): boolean {
  return (
    /\bchpasswd\b|\bpasswd\s+--stdin\b|\|\s*passwd\b/.test(text) ||
    /\b(?:useradd|usermod)\b[^;&|]*\s(?:-p|--password)[= ]/.test(text)
  );
}

function isChanging(one: Instruction): boolean {
  if (copiedBy(one).length > 0) return true;
  return one.keyword === "ENV" && [...variablesOf([one]).keys()].some((name) => VERSION.test(name));
}

/** Packages that have nothing to do with what changes above them. */
function installsWithout(run: Instruction, changing: Instruction): boolean {
  if (run.keyword !== "RUN") return false;
  if (
    !/\b(?:apt-get|apk|dnf|yum|microdnf|zypper)\s+(?:-\S+\s+)*(?:install|add|in)\b/.test(run.text)
  )
    return false;
  const names = [
    ...copiedBy(changing).map((path) => path.replace(/\/$/, "").replace(/^.*\//, "")),
    ...variablesOf([changing]).keys(),
  ].filter((name) => name !== "" && name !== ".");
  return !names.some((name) => run.text.includes(name));
}
