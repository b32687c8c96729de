import { type Check, NotRun } from "./check.ts";
import { CONTENT_CHECKS } from "./content-checks.ts";
import type { ImageSubject } from "./image-subject.ts";

const STOP_MS = 10_000;

const RUN_CHECKS: readonly Check<ImageSubject>[] = [
  {
    number: 29,
    id: "build-failed",
    severity: "error",
    title: "Builds on each of its architectures",
    why: "What is listed is promised to whoever pulls it there.",
    fix: "Read the log of the build, or take the architecture from the list.",
    look: ({ builds }) => {
      const failed = builds.flatMap(({ architecture, failure }) =>
        failure === undefined ? [] : [`${architecture}: ${failure}`],
      );
      const missing = builds.flatMap(({ architecture, notHere }) =>
        notHere === undefined ? [] : [`${architecture}: ${notHere}`],
      );
      if (failed.length > 0) return failed;
      return missing.length > 0 ? new NotRun(missing.join("; ")) : [];
    },
  },
  {
    number: 30,
    id: "not-reproducible",
    severity: "warning",
    title: "A second build gives the same layers",
    why: "Only then can somebody else prove that the image is what its sources say.",
    fix: "Pin versions, remove logs and caches, and set times to SOURCE_DATE_EPOCH.",
    look: ({ rebuilt }) =>
      rebuilt instanceof NotRun
        ? rebuilt
        : rebuilt.differing.map((path) => `${path} is another in the second build`),
  },
  {
    number: 31,
    id: "command-not-run",
    severity: "error",
    title: "Runs a command that is given to it",
    why: "People look into an image by `docker run IMAGE sh`, and debug with it.",
    fix: 'Let the entrypoint end with exec "$@".',
    look: ({ isSingleBinary, echo, shell }) => {
      if (isSingleBinary) return [];
      if (echo instanceof NotRun) return echo;
      if (shell instanceof NotRun) return shell;
      return [
        ...(echo.exitCode === 0 && echo.output.includes("hi")
          ? []
          : [`"echo hi" ended with ${echo.exitCode}`]),
        ...(shell.exitCode === 0 ? [] : [`"sh -c true" ended with ${shell.exitCode}`]),
      ];
    },
  },
  {
    number: 33,
    id: "not-utc",
    severity: "warning",
    title: "Its clock is in UTC",
    why: "Logs of containers in different zones cannot be compared.",
    fix: "Set no TZ, and no /etc/localtime.",
    look: ({ isSingleBinary, zone }) => {
      if (isSingleBinary) return [];
      if (zone instanceof NotRun) return zone;
      const found = zone.output.trim();
      return zone.exitCode === 0 && found !== "UTC" ? [`date says ${found}`] : [];
    },
  },
  {
    number: 34,
    id: "ignores-stop",
    severity: "warning",
    title: "Ends when it is asked to",
    why: "A first process that ignores SIGTERM is killed after ten seconds, with whatever it was doing.",
    fix: "Use exec in the entrypoint, STOPSIGNAL, or an init such as tini.",
    look: ({ stop }) => {
      if (stop instanceof NotRun) return stop;
      const isQuick = stop.ms !== undefined && stop.ms <= STOP_MS;
      return isQuick ? [] : [`it still ran ${STOP_MS / 1000} seconds after SIGTERM`];
    },
  },
  {
    number: 35,
    id: "command-by-shell",
    severity: "warning",
    title: "Its command is a list, and takes flags",
    why: "A command in a shell does not get signals, and `docker run IMAGE --flag` does nothing.",
    fix: 'Write ENTRYPOINT ["program"] and CMD ["argument"].',
    look: ({ config: { entrypoint, command } }) => {
      const isShell = (words: readonly string[]) =>
        /(?:^|\/)(?:ba|da)?sh$/.test(words[0] ?? "") && words[1] === "-c";
      return [
        ...(isShell(entrypoint) ? ["ENTRYPOINT runs in a shell"] : []),
        ...(isShell(command) ? ["CMD runs in a shell"] : []),
        ...(entrypoint.length + command.length === 0 ? ["there is no command"] : []),
      ];
    },
  },
  {
    number: 36,
    id: "needs-privileges",
    severity: "error",
    title: "Starts with the rights that every container has",
    why: "An image that needs --privileged is root on the host.",
    fix: "Do without, or document the single capability that is needed.",
    look: ({ start }) => {
      if (start instanceof NotRun) return start;
      return start.failure === undefined ? [] : [start.failure];
    },
  },
  {
    number: 37,
    id: "serves-as-root",
    severity: "warning",
    title: "Does not serve as root",
    why: "Whoever breaks into a server that runs as root is root in the container.",
    fix: "End with USER, or drop to a user by gosu in the entrypoint.",
    look: ({ listeners }) => {
      if (listeners instanceof NotRun) return listeners;
      return listeners
        .filter(({ uid }) => uid === 0)
        .map(({ process }) => `${process} listens as root`);
    },
  },
];

/** Checks 29 to 43: each image that was built. */
export const IMAGE_CHECKS: readonly Check<ImageSubject>[] = [
  ...RUN_CHECKS,
  ...CONTENT_CHECKS,
].toSorted((one, other) => one.number - other.number);
