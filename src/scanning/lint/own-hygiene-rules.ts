import { hasOption, programOf, splitCommands, verbOf } from "../flaws/dockerfile/commands.ts";
import type { Instruction } from "../flaws/dockerfile/read-dockerfile.ts";
import { type Breach, example, type LintRule, onInstructions } from "./lint-rule.ts";

const ON_HOSTS = new Set(
  "free kill mount ps service shutdown ssh top vim nano ifconfig systemctl reboot".split(" "),
);

/** What is no error, and better written otherwise. */
export const HYGIENE_RULES: readonly LintRule[] = [
  {
    id: "runs-host-command",
    theme: "hygiene",
    severity: "low",
    title: "A command that makes no sense while an image is built",
    why: "Services, other hosts and people are not there then.",
    fix: "Leave it out, or do it where containers are started.",
    hadolint: ["DL3001"],
    fires: example("FROM alpine", "RUN service nginx start"),
    silent: example("FROM alpine", "RUN make service"),
    check: onCommands((command) => ON_HOSTS.has(programOf(command))),
  },
  {
    id: "apt-for-people",
    theme: "hygiene",
    severity: "low",
    title: "apt instead of apt-get",
    why: "apt is for people at a terminal; what it prints and takes may change.",
    fix: "Use apt-get.",
    hadolint: ["DL3027"],
    fires: example("FROM debian:12", "RUN apt update"),
    silent: example("FROM debian:12", "RUN apt-get update"),
    check: onInstructions(["RUN"], ({ text, raw }) =>
      splitCommands(text).some((command) => programOf(command) === "apt")
        ? [{ instead: raw.replace(/(^|[\s;&|])apt(?=\s)/g, "$1apt-get") }]
        : [],
    ),
  },
  {
    id: "useradd-high-uid",
    theme: "hygiene",
    severity: "medium",
    title: "useradd with a high number and without -l",
    why: "It writes a sparse log of all numbers below, which layers hold at its full size.",
    fix: "Add --no-log-init.",
    hadolint: ["DL3046"],
    fires: example("FROM debian:12", "RUN useradd -u 1234567 app"),
    silent: example(
      "FROM debian:12",
      "RUN useradd --no-log-init -u 1234567 app",
      "RUN useradd -u 1000 web",
    ),
    check: onInstructions(["RUN"], ({ text, raw }) =>
      splitCommands(text).some(
        (command) =>
          programOf(command) === "useradd" &&
          !hasOption(command, ["-l", "--no-log-init"]) &&
          /(?:-u|--uid)[= ]?\d{6,}/.test(command.join(" ")),
      )
        ? [{ instead: raw.replace(/\buseradd\b/, "useradd --no-log-init") }]
        : [],
    ),
  },
  {
    id: "wget-with-progress",
    theme: "hygiene",
    severity: "low",
    title: "wget shows its progress",
    why: "The log of the build is full of it.",
    fix: "Add --progress=dot:giga or -q.",
    hadolint: ["DL3047"],
    fires: example("FROM debian:12", "RUN wget https://example.com/a"),
    silent: example("FROM debian:12", "RUN wget -q https://example.com/a"),
    check: onInstructions(["RUN"], ({ text, raw }) =>
      splitCommands(text).some(
        (command) =>
          programOf(command) === "wget" &&
          !hasOption(command, [
            "-q",
            "--quiet",
            "-nv",
            "--no-verbose",
            "--progress",
            "-o",
            "-a",
            "--output-file",
            "--append-output",
          ]),
      )
        ? [{ instead: raw.replace(/\bwget\b/, "wget --progress=dot:giga") }]
        : [],
    ),
  },
  {
    id: "yarn-cache-kept",
    theme: "cleanup",
    severity: "low",
    title: "yarn leaves its cache in the layer",
    why: "Nothing needs it once the packages are installed.",
    fix: "Run yarn cache clean in the same step, or mount the cache.",
    hadolint: ["DL3060"],
    fires: example("FROM node:22", "RUN yarn install"),
    silent: example(
      "FROM node:22",
      "RUN yarn install && yarn cache clean",
      "RUN --mount=type=cache,target=/c yarn add x",
    ),
    check: onInstructions(["RUN"], ({ text, raw, flags }) => {
      if (/type=cache/.test(flags.get("mount") ?? "") || /yarn\s+cache\s+clean/.test(text))
        return [];
      const installs = splitCommands(text).some(
        (command) => programOf(command) === "yarn" && /^(?:install|add|)$/.test(verbOf(command)),
      );
      return installs ? [{ instead: `${raw.trimEnd()} && yarn cache clean` }] : [];
    }),
  },
  {
    id: "consecutive-runs",
    theme: "hygiene",
    severity: "low",
    title: "Several RUN in a row",
    why: "Each makes a layer; what one leaves the next cannot take away.",
    fix: "Join them by &&.",
    hadolint: ["DL3059"],
    fires: example("FROM alpine", "RUN make", "RUN make install"),
    silent: example(
      "FROM alpine",
      "RUN make && make install",
      "COPY a /a",
      "RUN --network=none make check",
    ),
    check: ({ stages }) =>
      stages.flatMap(({ instructions }) =>
        instructions.flatMap((run, index): Breach[] => {
          const before = instructions[index - 1];
          const isSecond = isPlainRun(run) && before !== undefined && isPlainRun(before);
          return isSecond ? [{ instruction: run }] : [];
        }),
      ),
  },
  {
    id: "shell-replaced-by-link",
    theme: "hygiene",
    severity: "low",
    title: "/bin/sh is made a link to another shell",
    why: "Programs of the image that expect the distribution's shell get another.",
    fix: "Use SHELL.",
    hadolint: ["DL4005"],
    fires: example("FROM debian:12", "RUN ln -sf /bin/bash /bin/sh"),
    silent: example(
      "FROM debian:12",
      'SHELL ["/bin/bash", "-c"]',
      "RUN ln -sf /bin/bash /usr/local/bin/shell",
    ),
    check: onCommands(
      (command) => programOf(command) === "ln" && /(?:\/usr)?\/bin\/sh$/.test(command.at(-1) ?? ""),
    ),
  },
  {
    id: "pipe-without-pipefail",
    theme: "hygiene",
    severity: "medium",
    title: "A pipe whose first command may fail unseen",
    why: "The step goes on with half a download if only the last command of a pipe counts.",
    fix: 'Set SHELL ["/bin/bash", "-o", "pipefail", "-c"] before it.',
    hadolint: ["DL4006"],
    fires: example("FROM debian:12", "RUN wget -qO - https://example.com/a | tar x"),
    silent: example(
      "FROM debian:12",
      'SHELL ["/bin/bash", "-o", "pipefail", "-c"]',
      "RUN wget -qO - https://example.com/a | tar x || true",
    ),
    check: ({ stages }) =>
      stages.flatMap(({ instructions }) =>
        instructions.flatMap((run, index): Breach[] => {
          const hasPipe = /(?<!\|)\|(?![|&])/.test(run.text.replace(/"[^"]*"|'[^']*'/g, ""));
          if (run.keyword !== "RUN" || run.isList || !hasPipe) return [];
          const shell = instructions.slice(0, index).findLast(({ keyword }) => keyword === "SHELL");
          const isSafe =
            /pipefail/.test(`${shell?.text ?? ""} ${run.text}`) ||
            /pwsh|powershell|cmd/.test(shell?.text ?? "");
          return isSafe ? [] : [{ instruction: run }];
        }),
      ),
  },
];

function onCommands(applies: (command: readonly string[]) => boolean): LintRule["check"] {
  return onInstructions(["RUN"], ({ text }) =>
    splitCommands(text)
      .filter(applies)
      .slice(0, 1)
      .map((command) => ({ detail: command.slice(0, 3).join(" ") })),
  );
}

/** One that could be joined with another: without flags of its own. */
function isPlainRun({ keyword, flags, isList, text }: Instruction): boolean {
  return keyword === "RUN" && flags.size === 0 && !isList && !text.startsWith("<<");
}
