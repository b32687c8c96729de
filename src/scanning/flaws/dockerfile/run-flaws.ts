import type { FlawId } from "../flaw.ts";
import { hasOption, programOf, splitCommands, verbOf } from "./commands.ts";
import type { Instruction } from "./read-dockerfile.ts";

/** What is wrong with the commands of one RUN. */
export function runFlaws(run: Instruction): FlawId[] {
  const commands = splitCommands(run.text);
  const found = new Set<FlawId>();
  for (const command of commands) for (const id of commandFlaws(command)) found.add(id);
  for (const id of cacheFlaws(run, commands)) found.add(id);
  if (isUpdateAlone(commands)) found.add("update-alone");
  if (/\b(?:curl|wget)\b[^;&|]*\|\s*(?:sudo\s+)?(?:\S*\/)?(?:ba|da|z|a)?sh\b/.test(run.text)) {
    found.add("pipe-to-shell");
  }
  if (/\b(?:curl|wget)\b[^;&|]*\shttp:\/\/(?!localhost|127\.)/.test(run.text))
    found.add("plain-http");
  return [...found];
}

type Check = readonly [id: FlawId, applies: (command: readonly string[]) => boolean];

const ASKING = new Set(["apt-get", "apt", "yum", "dnf", "microdnf"]);
const INSTALLING = new Set([
  "install",
  "reinstall",
  "groupinstall",
  "localinstall",
  "upgrade",
  "dist-upgrade",
]);
const UNCHECKED: Readonly<Record<string, readonly string[]>> = {
  curl: ["-k", "--insecure"],
  wget: ["--no-check-certificate"],
  "apt-get": ["--allow-unauthenticated", "--force-yes"],
  apt: ["--allow-unauthenticated", "--force-yes"],
  yum: ["--nogpgcheck"],
  dnf: ["--nogpgcheck"],
  apk: ["--allow-untrusted"],
  pip: ["--trusted-host"],
  pip3: ["--trusted-host"],
};

const COMMAND_CHECKS: readonly Check[] = [
  ["runs-sudo", (command) => programOf(command) === "sudo"],
  [
    "runs-cd",
    (command) =>
      programOf(command) === "cd" && command.length > 1 && (command[1] ?? "").startsWith("/"),
  ],
  [
    "distribution-upgrade",
    (command) =>
      /^apt(?:-get)?$/.test(programOf(command)) &&
      ["dist-upgrade", "full-upgrade"].includes(verbOf(command)),
  ],
  [
    "distribution-upgrade",
    (command) =>
      programOf(command) === "zypper" && ["dup", "dist-upgrade"].includes(verbOf(command)),
  ],
  [
    "install-asks",
    (command) =>
      ASKING.has(programOf(command)) &&
      INSTALLING.has(verbOf(command)) &&
      !hasOption(command, ["-y", "--yes", "--assume-yes", "--assumeyes", "--force-yes", "-q=2"]) &&
      !command.includes("-qq"),
  ],
  [
    "install-asks",
    (command) =>
      programOf(command) === "zypper" &&
      /^(?:in|install)$/.test(verbOf(command)) &&
      !hasOption(command, ["-n", "--non-interactive", "-y", "--no-confirm"]),
  ],
  [
    "recommended-packages",
    (command) =>
      programOf(command) === "apt-get" &&
      verbOf(command) === "install" &&
      !/--no-install-recommends|Install-Recommends=(?:0|false)/.test(command.join(" ")),
  ],
  [
    "apk-cache",
    (command) =>
      programOf(command) === "apk" && verbOf(command) === "add" && !command.includes("--no-cache"),
  ],
  [
    "everybody-may-write",
    (command) =>
      programOf(command) === "chmod" &&
      command.some(
        (word) => /^0?777$|^(?:a|ugo|o)?\+\w*w\w*$/.test(word) && !/^[ug]+\+/.test(word),
      ),
  ],
  ["unverified-download", (command) => hasOption(command, UNCHECKED[programOf(command)] ?? [])],
  [
    "unverified-download",
    (command) => /http\.sslVerify[ =]false|strict-ssl[ =]false/.test(command.join(" ")),
  ],
];

function commandFlaws(command: readonly string[]): FlawId[] {
  const [program] = command;
  // What sudo runs is looked at as well.
  const inner =
    programOf(command) === "sudo"
      ? command.slice(1).filter((word, index) => index > 0 || !word.startsWith("-"))
      : command;
  return COMMAND_CHECKS.filter(
    ([, applies]) => applies(command) || (inner[0] !== program && applies(inner)),
  ).map(([id]) => id);
}

const CLEANING: readonly [program: RegExp, verb: RegExp, cleans: RegExp][] = [
  [
    /^(?:micro)?dnf$/,
    /^(?:install|upgrade|update|reinstall|groupinstall)$/,
    /dnf\s+clean\s+all|rm\s+-rf?\s+\/var\/cache\/(?:lib)?dnf|--nodocs.*clean/,
  ],
  [
    /^yum$/,
    /^(?:install|upgrade|update|reinstall|groupinstall)$/,
    /yum\s+(?:-\S+\s+)*clean\s+all|rm\s+-rf?\s+\/var\/cache\/yum/,
  ],
  [/^zypper$/, /^(?:in|install|up|update|dup|patch)$/, /zypper\s+(?:clean|cc)/],
  [/^apt-get$/, /^install$/, /rm\s+-\w*r\w*\s+(?:\S+\s+)*\/?var\/lib\/apt\/lists/],
  [/^pip3?$/, /^install$/, /--no-cache-dir|PIP_NO_CACHE_DIR/],
];

/** Unless the step says otherwise, or keeps the cache outside of the image. */
function cacheFlaws(run: Instruction, commands: readonly (readonly string[])[]): FlawId[] {
  if (/type=cache/.test(run.flags.get("mount") ?? "")) return [];
  const isKept = CLEANING.some(
    ([program, verb, cleans]) =>
      commands.some((command) => program.test(programOf(command)) && verb.test(verbOf(command))) &&
      !cleans.test(run.text),
  );
  return isKept ? ["package-cache-kept"] : [];
}

function isUpdateAlone(commands: readonly (readonly string[])[]): boolean {
  const managers = commands.filter((command) =>
    /^(?:apt-get|apt|yum|dnf|apk|zypper)$/.test(programOf(command)),
  );
  const updates = managers.filter((command) => /^(?:update|refresh|ref)$/.test(verbOf(command)));
  return (
    updates.length > 0 &&
    // yum and dnf update packages, not lists.
    updates.some((command) => !/^(?:yum|dnf)$/.test(programOf(command))) &&
    !managers.some((command) =>
      /^(?:install|add|in|upgrade|dist-upgrade|full-upgrade|source|build-dep)$/.test(
        verbOf(command),
      ),
    )
  );
}
