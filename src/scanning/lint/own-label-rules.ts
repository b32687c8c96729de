import { example, type LintExample, type LintRule, onInstructions } from "./lint-rule.ts";

const OCI = "org.opencontainers.image.";

interface ValueRule {
  readonly id: string;
  readonly hadolint: string;
  readonly keys: RegExp;
  readonly isRight: (value: string) => boolean;
  readonly title: string;
  readonly fix: string;
  readonly fires: LintExample;
  readonly silent: LintExample;
}

const VALUES: readonly ValueRule[] = [
  {
    id: "label-empty",
    hadolint: "DL3051",
    keys: /./,
    isRight: (value) => value !== "",
    title: "A label without a value",
    fix: "Give it a value, or leave it out.",
    fires: example("FROM alpine", 'LABEL vendor=""'),
    silent: example("FROM alpine", 'LABEL vendor="Acme"'),
  },
  {
    id: "label-url-wrong",
    hadolint: "DL3052",
    keys: /^org\.opencontainers\.image\.(?:url|source|documentation)$/,
    isRight: (value) => URL.canParse(value),
    title: "A label that should be an address is none",
    fix: "Write the whole address, with https://.",
    fires: example("FROM alpine", `LABEL ${OCI}url=example`),
    silent: example("FROM alpine", `LABEL ${OCI}url=https://example.com`),
  },
  {
    id: "label-time-wrong",
    hadolint: "DL3053",
    keys: /^org\.opencontainers\.image\.created$/,
    isRight: (value) =>
      /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(value),
    title: "A label that should be a time is none",
    fix: "Write it as RFC 3339 has it: 2026-11-28T20:00:00Z.",
    fires: example("FROM alpine", `LABEL ${OCI}created=28.11.2026`),
    silent: example("FROM alpine", `LABEL ${OCI}created=2026-11-28T20:00:00Z`),
  },
  {
    id: "label-licence-wrong",
    hadolint: "DL3054",
    keys: /^org\.opencontainers\.image\.licenses$/,
    isRight: (value) =>
      /^\(*[A-Za-z0-9.+-]+\)*(?:\s+(?:AND|OR|WITH)\s+\(*[A-Za-z0-9.+-]+\)*)*$/.test(value),
    title: "A label that should be a licence is no SPDX expression",
    fix: "Write identifiers of SPDX, joined by AND and OR.",
    fires: example("FROM alpine", `LABEL ${OCI}licenses="MIT, Apache 2"`),
    silent: example("FROM alpine", `LABEL ${OCI}licenses="MIT OR Apache-2.0"`),
  },
  {
    id: "label-revision-wrong",
    hadolint: "DL3055",
    keys: /^org\.opencontainers\.image\.revision$/,
    isRight: (value) => /^[0-9a-f]{7,64}$/.test(value),
    title: "A label that should be a commit is none",
    fix: "Write the hash of the commit.",
    fires: example("FROM alpine", `LABEL ${OCI}revision=main`),
    silent: example("FROM alpine", `LABEL ${OCI}revision=1abc0d7`),
  },
  {
    id: "label-version-wrong",
    hadolint: "DL3056",
    keys: /^org\.opencontainers\.image\.version$/,
    isRight: (value) => /^v?\d+\.\d+\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?$/.test(value),
    title: "A label that should be a semantic version is none",
    fix: "Write MAJOR.MINOR.PATCH.",
    fires: example("FROM alpine", `LABEL ${OCI}version=latest`),
    silent: example("FROM alpine", `LABEL ${OCI}version=1.4.2-rc.1`),
  },
  {
    id: "label-address-wrong",
    hadolint: "DL3058",
    keys: /^(?:maintainer|org\.opencontainers\.image\.authors)$/,
    isRight: (value) => !value.includes("@") || /[^\s@<>]+@[^\s@<>.]+(?:\.[^\s@<>.]+)+/.test(value),
    title: "The mail address of a label is none",
    fix: "Write NAME <name@example.com>.",
    fires: example("FROM alpine", 'LABEL maintainer="Ada <ada@>"'),
    silent: example("FROM alpine", 'LABEL maintainer="Ada <ada@example.com>"'),
  },
];

/** What labels say, and whether they are there. */
export const LABEL_RULES: readonly LintRule[] = [
  {
    id: "label-name-wrong",
    theme: "labels",
    severity: "low",
    title: "The name of a label is not one that others can use",
    why: "Docker asks for lower case letters, digits, dots and dashes, and keeps com.docker. for itself.",
    fix: "Write a name such as com.example.team.",
    hadolint: ["DL3048"],
    fires: example("FROM alpine", "LABEL Build__Date=today"),
    silent: example(
      "FROM alpine",
      "LABEL com.example.build-date=today",
      "LABEL org.opencontainers.image.ref.name=a",
    ),
    check: onInstructions(["LABEL"], (label) =>
      labelsOf(label.text)
        .filter(([key]) => !key.includes("$") && (!NAME.test(key) || RESERVED.test(key)))
        .map(([key]) => ({ detail: key })),
    ),
  },
  {
    id: "label-missing",
    theme: "labels",
    severity: "low",
    title: "A label is missing that was asked for",
    why: "Whoever runs the image looks for it there.",
    fix: "Add LABEL NAME=VALUE to the last stage.",
    hadolint: ["DL3049"],
    fires: { ...example("FROM alpine", "LABEL a=b"), labels: [`${OCI}source`] },
    silent: {
      ...example("FROM alpine", `LABEL a=b ${OCI}source=https://example.com/a`),
      labels: [`${OCI}source`],
    },
    check: ({ stages, options: { labels = [] } }) => {
      const last = stages.at(-1);
      if (last === undefined) return [];
      const set = new Set(
        last.instructions
          .filter(({ keyword }) => keyword === "LABEL")
          .flatMap(({ text }) => labelsOf(text).map(([key]) => key)),
      );
      return labels
        .filter((key) => !set.has(key))
        .map((key) => ({ instruction: last.from, detail: key }));
    },
  },
  ...VALUES.map(
    ({ keys, isRight, hadolint, ...rule }): LintRule => ({
      ...rule,
      theme: "labels",
      severity: "low",
      why: "Programs read it, and can make nothing of this.",
      hadolint: [hadolint],
      check: onInstructions(["LABEL"], (label) =>
        labelsOf(label.text)
          .filter(([key, value]) => keys.test(key) && !value.includes("$") && !isRight(value))
          .map(([key, value]) => ({ detail: value === "" ? key : value })),
      ),
    }),
  ),
];

const NAME = /^[a-z](?:[a-z0-9]|[.-](?=[a-z0-9]))*$/;
const RESERVED = /^(?:com\.docker|io\.docker|org\.dockerproject)\./;

/** `a=b "c d"="e f"`, and the older `a b`. */
function labelsOf(text: string): [key: string, value: string][] {
  const found = [...text.matchAll(/("[^"]*"|[^\s="]+)=("(?:[^"\\]|\\.)*"|'[^']*'|\S*)/g)];
  const bare = (word: string) => word.replace(/^(["'])(.*)\1$/s, "$2");
  if (found.length > 0) return found.map(([, key = "", value = ""]) => [bare(key), bare(value)]);
  const [, key, value = ""] = /^(\S+)\s+(.*)$/s.exec(text) ?? [];
  return key === undefined ? [] : [[bare(key), bare(value)]];
}
