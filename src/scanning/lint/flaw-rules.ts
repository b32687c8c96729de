import { programOf, splitCommands, verbOf } from "../flaws/dockerfile/commands.ts";
import type { Instruction } from "../flaws/dockerfile/read-dockerfile.ts";
import { FLAWS, type Flaw, type FlawId } from "../flaws/flaw.ts";
import {
  type Breach,
  example,
  type LintExample,
  type LintRule,
  type LintTheme,
} from "./lint-rule.ts";

/** A rule that scans of images have as well: its check is theirs. */
interface SharedRule {
  /** What scans call it; several are one rule of BuildKit's. */
  readonly flaws: readonly [FlawId, ...FlawId[]];
  readonly id?: string;
  readonly theme: LintTheme;
  readonly hadolint?: readonly string[];
  readonly counts?: (flaw: Flaw) => boolean;
  readonly fires: LintExample;
  readonly silent: LintExample;
  /** How the instruction could read instead. */
  readonly mend?: (instruction: Instruction) => string | undefined;
}

const DIGEST = "sha256:4bcff63911fcb4448bd4fdacec207030997caf25e9bea4045fa6c8c44de311d1";
const inAlpine = (...lines: readonly string[]) => example("FROM alpine:3.22", ...lines);
const inDebian = (...lines: readonly string[]) => example("FROM debian:12", ...lines);

const SHARED: readonly SharedRule[] = [
  {
    flaws: ["stage-name-twice"],
    id: "DuplicateStageName",
    theme: "buildkit",
    hadolint: ["DL3024"],
    fires: example("FROM alpine AS build", "FROM debian AS build"),
    silent: example("FROM alpine AS build", "FROM debian AS run"),
  },
  {
    flaws: ["command-by-shell"],
    id: "JSONArgsRecommended",
    theme: "buildkit",
    hadolint: ["DL3025"],
    fires: inAlpine("CMD my-cmd start"),
    silent: inAlpine('CMD ["my-cmd", "start"]'),
    mend: ({ written, text }) =>
      /^[\w./:@=+ -]+$/.test(text)
        ? `${written} [${text
            .split(/\s+/)
            .map((word) => JSON.stringify(word))
            .join(", ")}]`
        : undefined,
  },
  {
    flaws: ["maintainer-deprecated"],
    id: "MaintainerDeprecated",
    theme: "buildkit",
    hadolint: ["DL4000"],
    fires: inAlpine("MAINTAINER moby@example.com"),
    silent: inAlpine('LABEL org.opencontainers.image.authors="moby@example.com"'),
    mend: ({ text }) => `LABEL org.opencontainers.image.authors=${JSON.stringify(text)}`,
  },
  {
    flaws: ["relative-workdir"],
    id: "WorkdirRelativePath",
    theme: "buildkit",
    hadolint: ["DL3000"],
    fires: inAlpine("WORKDIR usr/share"),
    silent: inAlpine("WORKDIR /usr", "WORKDIR share"),
    mend: ({ written, text }) => `${written} /${text}`,
  },
  {
    flaws: ["several-commands", "several-entrypoints", "several-healthchecks"],
    id: "MultipleInstructionsDisallowed",
    theme: "buildkit",
    hadolint: ["DL3012", "DL4003", "DL4004"],
    fires: inAlpine('CMD ["a"]', 'CMD ["b"]'),
    silent: example("FROM alpine AS one", 'CMD ["a"]', "FROM one", 'CMD ["b"]'),
  },
  {
    flaws: ["secret-in-dockerfile"],
    id: "SecretsUsedInArgOrEnv",
    theme: "buildkit",
    counts: ({ origin }) => /^(?:ARG|ENV) /.test(origin.instruction ?? ""),
    fires: inAlpine("ARG AWS_SECRET_ACCESS_KEY"),
    silent: inAlpine("RUN --mount=type=secret,id=aws make"),
  },
  {
    flaws: ["secret-in-dockerfile"],
    theme: "security",
    counts: ({ origin }) => !/^(?:ARG|ENV) /.test(origin.instruction ?? ""),
    fires: inAlpine(`RUN login ghp_${"aB3dE5gH7jK9".repeat(3)}`),
    silent: inAlpine("RUN login $(cat /run/secrets/token)"),
  },
  {
    flaws: ["port-out-of-range"],
    theme: "correctness",
    hadolint: ["DL3011"],
    fires: inAlpine("EXPOSE 80000"),
    silent: inAlpine("EXPOSE 65535"),
  },
  {
    flaws: ["copy-several-without-slash"],
    theme: "correctness",
    hadolint: ["DL3021"],
    fires: inAlpine("COPY a b /dst"),
    silent: inAlpine("COPY a b /dst/"),
    mend: ({ raw, isList }) => (isList || raw.includes("\n") ? undefined : `${raw.trimEnd()}/`),
  },
  {
    flaws: ["copy-from-itself"],
    theme: "correctness",
    hadolint: ["DL3023"],
    fires: example("FROM alpine AS build", "COPY --from=build /a /b"),
    silent: example("FROM alpine AS build", "FROM alpine AS run", "COPY --from=build /a /b"),
  },
  {
    flaws: ["unknown-instruction"],
    theme: "correctness",
    fires: inAlpine("RUNS make"),
    silent: inAlpine("RUN make"),
  },
  {
    flaws: ["no-base"],
    theme: "correctness",
    fires: example("RUN make"),
    silent: example("FROM scratch"),
  },
  {
    flaws: ["base-is-latest"],
    theme: "pinning",
    hadolint: ["DL3006", "DL3007"],
    fires: example("FROM alpine"),
    silent: example("FROM alpine:3.22"),
  },
  {
    flaws: ["base-without-digest"],
    theme: "pinning",
    fires: example("FROM alpine:3.22"),
    silent: example(`FROM alpine:3.22@${DIGEST}`),
  },
  {
    flaws: ["package-cache-kept"],
    theme: "cleanup",
    hadolint: ["DL3009", "DL3032", "DL3036", "DL3040", "DL3042"],
    fires: inDebian("RUN apt-get update && apt-get install -y curl"),
    silent: inDebian(
      "RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*",
    ),
    mend: withoutCache,
  },
  {
    flaws: ["apk-cache"],
    theme: "cleanup",
    hadolint: ["DL3019"],
    fires: inAlpine("RUN apk add curl"),
    silent: inAlpine("RUN apk add --no-cache curl"),
    mend: ({ raw }) => raw.replace(/\bapk\s+add\b/g, "apk add --no-cache"),
  },
  {
    flaws: ["user-is-root"],
    theme: "security",
    hadolint: ["DL3002"],
    fires: inAlpine("USER root"),
    silent: inAlpine("USER root", "USER app"),
  },
  {
    flaws: ["runs-cd"],
    theme: "hygiene",
    hadolint: ["DL3003"],
    fires: inAlpine("RUN cd /src && make"),
    silent: inAlpine("WORKDIR /src", "RUN make"),
  },
  {
    flaws: ["runs-sudo"],
    theme: "hygiene",
    hadolint: ["DL3004"],
    fires: inAlpine("RUN sudo make install"),
    silent: inAlpine("RUN make install-sudo"),
    mend: ({ raw }) => raw.replace(/\bsudo\s+(?!-)/g, ""),
  },
  {
    flaws: ["distribution-upgrade"],
    theme: "hygiene",
    hadolint: ["DL3005", "DL3035"],
    fires: inDebian("RUN apt-get dist-upgrade -y"),
    silent: inDebian("RUN apt-get upgrade -y"),
  },
  {
    flaws: ["install-asks"],
    theme: "hygiene",
    hadolint: ["DL3014", "DL3030", "DL3034", "DL3038"],
    fires: inDebian("RUN apt-get install curl"),
    silent: inDebian("RUN apt-get install -y curl"),
    mend: ({ raw }) =>
      raw.replace(/\b((?:apt-get|apt|yum|dnf|zypper)\s+install)\b(?!\s+-y)/g, "$1 -y"),
  },
  {
    flaws: ["recommended-packages"],
    theme: "hygiene",
    hadolint: ["DL3015"],
    fires: inDebian("RUN apt-get install -y curl"),
    silent: inDebian("RUN apt-get install -y --no-install-recommends curl"),
    mend: ({ raw }) =>
      raw.replace(/\b(apt-get\s+(?:-\S+\s+)*install)\b/g, "$1 --no-install-recommends"),
  },
  {
    flaws: ["add-instead-of-copy"],
    theme: "hygiene",
    hadolint: ["DL3020"],
    fires: inAlpine("ADD src /src"),
    silent: inAlpine("ADD src.tar.gz /src"),
    mend: ({ raw, written }) => raw.replace(written, written === "add" ? "copy" : "COPY"),
  },
  {
    flaws: ["wget-and-curl"],
    theme: "hygiene",
    hadolint: ["DL4001"],
    fires: inAlpine("RUN wget https://example.com/a && curl https://example.com/b"),
    silent: inAlpine("RUN curl https://example.com/a && curl https://example.com/b"),
  },
  {
    flaws: ["update-alone"],
    theme: "correctness",
    fires: inDebian("RUN apt-get update", "RUN apt-get install -y curl"),
    silent: inDebian("RUN apt-get update && apt-get install -y curl"),
  },
  {
    flaws: ["no-healthcheck"],
    theme: "labels",
    hadolint: ["DL3057"],
    fires: inAlpine('CMD ["a"]'),
    silent: inAlpine('CMD ["a"]', 'HEALTHCHECK CMD ["b"]'),
  },
  {
    flaws: ["ssh-port-exposed"],
    theme: "security",
    fires: inAlpine("EXPOSE 22"),
    silent: inAlpine("EXPOSE 2222"),
  },
  {
    flaws: ["added-from-url"],
    theme: "security",
    fires: inAlpine("ADD https://example.com/a /a"),
    silent: inAlpine("ADD --checksum=sha256:00 https://example.com/a /a"),
  },
  {
    flaws: ["plain-http"],
    theme: "security",
    fires: inAlpine("RUN wget http://example.com/a"),
    silent: inAlpine("RUN wget http://localhost/a"),
  },
  {
    flaws: ["pipe-to-shell"],
    theme: "security",
    fires: inAlpine("RUN curl -sf https://example.com/a | sh"),
    silent: inAlpine("RUN curl -sf https://example.com/a | sha256sum"),
  },
  {
    flaws: ["unverified-download"],
    theme: "security",
    fires: inAlpine("RUN curl -k https://example.com/a"),
    silent: inAlpine("RUN curl -K config https://example.com/a"),
  },
  {
    flaws: ["everybody-may-write"],
    theme: "security",
    fires: inAlpine("RUN chmod 777 /srv"),
    silent: inAlpine("RUN chmod 775 /srv"),
  },
  {
    flaws: ["private-file-copied"],
    theme: "security",
    fires: inAlpine("COPY id_rsa /root/"),
    silent: inAlpine("COPY id_rsa.pub /root/"),
  },
];

/** The rules that scans of images have as well. */
export const FLAW_RULES: readonly LintRule[] = SHARED.map((shared): LintRule => {
  const [first] = shared.flaws;
  const { severity, title, why, fix } = FLAWS[first];
  return {
    id: shared.id ?? first,
    ...{ theme: shared.theme, severity, title, why, fix },
    ...(shared.hadolint && { hadolint: shared.hadolint }),
    ...{ fires: shared.fires, silent: shared.silent },
    check: ({ flaws, all }) =>
      flaws
        .filter((flaw) => shared.flaws.includes(flaw.id) && (shared.counts?.(flaw) ?? true))
        .map((flaw) => toBreach(flaw, all, shared)),
  };
});

function toBreach(
  { detail, origin: { line = 1 } }: Flaw,
  all: readonly Instruction[],
  { mend }: SharedRule,
): Breach {
  const instruction = all.find((one) => one.line === line);
  const instead = instruction && mend?.(instruction);
  return {
    line,
    ...(instruction && { instruction }),
    ...(detail !== undefined && { detail }),
    ...(instead !== undefined && { instead }),
  };
}

const CLEANINGS: readonly [program: RegExp, words: string][] = [
  [/^apt-get$/, "rm -rf /var/lib/apt/lists/*"],
  [/^(?:micro)?dnf$/, "dnf clean all"],
  [/^yum$/, "yum clean all"],
  [/^zypper$/, "zypper clean --all"],
];

function withoutCache({ raw, text, isList }: Instruction): string | undefined {
  if (isList || text.startsWith("<<")) return undefined;
  const commands = splitCommands(text).filter((command) =>
    /^(?:install|in)$/.test(verbOf(command)),
  );
  const fitting = CLEANINGS.filter(([program]) =>
    commands.some((one) => program.test(programOf(one))),
  );
  const cleaned = [raw.trimEnd(), ...fitting.map(([, words]) => words)].join(" && ");
  if (cleaned.includes("--no-cache-dir")) return cleaned;
  return cleaned.replace(/\b(pip3?\s+install)\b/g, "$1 --no-cache-dir");
}
