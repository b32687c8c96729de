import { type Check, NotRun, type Wrong } from "./check.ts";
import type { ImageSubject, ImageVulnerability } from "./image-subject.ts";

const LEAST_EFFICIENCY = 0.95;
const MOST_HIDDEN = 20 * 1024 * 1024;
const MOST_GROWTH = 1.1;
const LABELS = ["source", "revision", "version", "licenses"].map(
  (name) => `org.opencontainers.image.${name}`,
);
const SBOM = /spdx|cyclonedx/i;
const PROVENANCE = /slsa|in-toto|provenance/i;
/** Licences that do not let everybody use, change and give away; as dpkg's areas and SPDX call them. */
const NON_FREE =
  /\b(?:non-?free|proprietary|commercial|unlicensed|all rights reserved|BUSL-[\d.]+|SSPL-[\d.]+|Elastic-[\d.]+|CC-BY(?:-NC|-ND|-NC-ND|-NC-SA)-[\d.]+|JSON|Confluent-Community-[\d.]+)\b/i;

/** What lies in the image, without running it. */
export const CONTENT_CHECKS: readonly Check<ImageSubject>[] = [
  {
    number: 32,
    id: "password-in-image",
    severity: "error",
    title: "Has no passwords, and none that is empty",
    why: "Everybody knows the password of an image that everybody may pull.",
    fix: "Lock the accounts: passwd --lock.",
    look: ({ passwd, shadow }) => {
      if (passwd instanceof NotRun) return passwd;
      return shadow instanceof NotRun ? shadow : passwordProblems(passwd, shadow);
    },
  },
  {
    number: 38,
    id: "wasted-space",
    severity: "warning",
    title: "Wastes no space",
    why: "Files that later layers delete or replace are pulled by everybody, and seen by nobody.",
    fix: "Delete in the RUN that makes them: berth layers shows which.",
    look: ({ efficiency, hiddenBytes }) => [
      ...(efficiency < LEAST_EFFICIENCY
        ? [`its efficiency is ${(efficiency * 100).toFixed(1)} %`]
        : []),
      ...(hiddenBytes > MOST_HIDDEN
        ? [`later layers hide ${Math.round(hiddenBytes / 1024 / 1024)} MB`]
        : []),
    ],
  },
  {
    number: 39,
    id: "vulnerable",
    severity: "error",
    title: "Has no known critical vulnerability that a newer package mends",
    why: "It is mended, and whoever pulls the image gets it all the same.",
    fix: "Build on a newer base, or upgrade the package.",
    look: ({ vulnerabilities: found }) =>
      found instanceof NotRun
        ? found
        : found.filter(({ isFixable }) => isFixable).flatMap(describeVulnerability),
  },
  {
    number: 40,
    id: "new-setuid",
    severity: "warning",
    title: "Adds no setuid programs",
    why: "Each lets any process become its owner if it has a flaw.",
    fix: "Take the bit away: chmod a-s.",
    look: ({ setuid }) =>
      setuid.filter(({ isFromBase }) => !isFromBase).map(({ path }) => `${path} is not the base's`),
  },
  {
    number: 41,
    id: "unexplained",
    severity: "advice",
    title: "Says where it comes from",
    why: "Labels, a bill of materials and provenance let others find its sources and what is in it.",
    fix: `Set the labels ${LABELS.join(", ")}, and attach an SBOM and provenance.`,
    look: ({ config: { labels }, attached }) => [
      ...LABELS.filter((name) => (labels[name] ?? "") === "").map((name) => `there is no ${name}`),
      ...(attached.some((type) => SBOM.test(type)) ? [] : ["there is no bill of materials"]),
      ...(attached.some((type) => PROVENANCE.test(type)) ? [] : ["there is no provenance"]),
    ],
  },
  {
    number: 42,
    id: "grown",
    severity: "warning",
    title: "Is not much larger than before",
    why: "A tenth more at once is more often a mistake than a feature.",
    fix: "See what grew: berth layers.",
    look: ({ bytes, bytesBefore }) =>
      bytesBefore !== undefined && bytes > bytesBefore * MOST_GROWTH
        ? [`it has ${bytes} bytes, and had ${bytesBefore}`]
        : [],
  },
  {
    number: 43,
    id: "non-free",
    severity: "error",
    title: "Holds nothing that is not free",
    why: "Whoever pulls the image gives it away again, and may not.",
    fix: "Leave the package out.",
    look: ({ packages }) =>
      packages
        .filter(({ licences }) => licences.some((licence) => NON_FREE.test(licence)))
        .map(({ name, licences }) => `${name}: ${licences.join(", ")}`),
  },
];

/** High ones are warnings. */
function describeVulnerability({ id, severity, package: name }: ImageVulnerability): Wrong[] {
  const sentence = `${id} in ${name}`;
  if (severity === "critical") return [sentence];
  return severity === "high" ? [{ sentence: `${sentence} (high)`, severity: "warning" }] : [];
}

/** As in docker-library's test: an empty field in either file, or a hash in it. */
function passwordProblems(passwd: string, shadow: string): string[] {
  const rowsOf = (text: string) =>
    text.split("\n").flatMap((line) => {
      const [user = "", password] = line.trim().split(":");
      return password === undefined ? [] : [{ user, password }];
    });
  const shadowed = new Map(rowsOf(shadow).map(({ user, password }) => [user, password]));
  return [
    ...rowsOf(passwd).flatMap(({ user, password }) => {
      if (password === "") return [`${user} has no password in /etc/passwd`];
      return isLocked(password) || password === "x"
        ? []
        : [`${user} has a password in /etc/passwd`];
    }),
    ...[...shadowed].flatMap(([user, password]) => {
      if (password === "") return [`${user} logs in without a password`];
      return isLocked(password) ? [] : [`${user} has a password in /etc/shadow`];
    }),
  ];
}

function isLocked(password: string): boolean {
  return /^(?:[!*]|x$)/.test(password);
}
