import type { Instruction } from "../../../scanning/index.ts";
import type { Check } from "./check.ts";
import {
  atLine,
  type DockerfileSubject,
  runsOf,
  substitute,
  variablesOf,
} from "./dockerfile-subject.ts";

const DOWNLOAD = /(?:^|[\s;&|(`/])(?:curl|wget)\s(?:[^;&|]*\s)?["']?(?:https?|ftp):\/\//;
const PIPED = /\b(?:curl|wget)\b[^;&|]*\|\s*(?:sudo\s+)?(?:\S*\/)?(?:ba|da|z|a)?sh\b/;
const STRONG =
  /\b(?:sha(?:224|256|384|512)sum|shasum\s+-a\s*(?:256|384|512)|b2sum|gpgv?|gosu-verify|cosign|minisign|openssl\s+dgst\s+-sha(?:256|384|512))\b/;
const WEAK = /\b(?:md5sum|sha1sum|shasum\b(?!\s+-a\s*(?:256|384|512)))/;
const WHOLE_KEY = 40;

export const DOWNLOAD_CHECKS: readonly Check<DockerfileSubject>[] = [
  {
    number: 13,
    id: "download-unverified",
    severity: "error",
    title: "Verifies what it downloads",
    why: "Whoever changes the file on its server, or on the way, is in every image that is built afterwards.",
    fix: "Compare it with a checksum that stands in the Dockerfile, or verify its signature, in the same RUN; or ADD --checksum.",
    look: (subject) => {
      const variables = variablesOf(subject.instructions);
      return subject.instructions.flatMap((one) =>
        isUnverified(one, variables)
          ? [atLine(one.line, "the download is compared with nothing")]
          : [],
      );
    },
  },
  {
    number: 14,
    id: "download-into-shell",
    severity: "error",
    title: "Pipes no download into a shell",
    why: "What runs is whatever the server answers at that moment, and half of it when the connection breaks.",
    fix: "Download to a file, verify it, then run it.",
    look: (subject) =>
      runsOf(subject)
        .filter(({ text }) => PIPED.test(text))
        .map(({ line }) => atLine(line, "a download is run unseen")),
  },
  {
    number: 15,
    id: "weak-checksum",
    severity: "warning",
    title: "Uses checksums that hold",
    why: "Two files with the same MD5 or SHA-1 can be made on a laptop or for the price of one.",
    fix: "Use sha256sum or a signature.",
    look: (subject) =>
      runsOf(subject)
        .filter(({ text }) => WEAK.test(text) && !STRONG.test(text))
        .map(({ line }) => atLine(line, "only MD5 or SHA-1 is compared")),
  },
  {
    number: 16,
    id: "plain-download",
    severity: "warning",
    title: "Downloads over HTTPS",
    why: "Everybody on the way sees and may change what is downloaded.",
    fix: "Use https://.",
    look: ({ flaws }) =>
      flaws
        .filter(({ id }) => id === "plain-http")
        .map(({ line }) => atLine(line, "it is downloaded over http://")),
  },
  {
    number: 17,
    id: "short-key",
    severity: "error",
    title: "Names signing keys by their whole fingerprint",
    why: "A key with the same short id as another is made in seconds.",
    fix: "Write all 40 hexadecimal digits of the fingerprint.",
    look: (subject) => {
      const variables = variablesOf(subject.instructions);
      return runsOf(subject).flatMap(({ text, line }) =>
        shortKeysOf(substitute(text, variables)).map((key) =>
          atLine(line, `${key} is no whole fingerprint`),
        ),
      );
    },
  },
  {
    number: 18,
    id: "unverified-packages",
    severity: "warning",
    title: "Verifies packages",
    why: "`--allow-unauthenticated` and `trusted=yes` take packages from anybody; a key of apt-key is good for every source.",
    fix: "Put the key into a file of its own and name it by signed-by=.",
    look: (subject) =>
      runsOf(subject)
        .filter(({ text }) => /--allow-unauthenticated|\bapt-key\b|trusted=yes/.test(text))
        .map(({ line }) => atLine(line, "packages are not held to a key of their source")),
  },
];

function isUnverified(one: Instruction, variables: ReadonlyMap<string, string>): boolean {
  if (one.keyword === "ADD") {
    const isFetched = one.words.some((word) => /^(?:https?|ftp):\/\//.test(word));
    return isFetched && !one.flags.has("checksum") && !/\.git(?:#|$)/.test(one.words[0] ?? "");
  }
  if (one.keyword !== "RUN") return false;
  const text = substitute(one.text, variables);
  // What is piped into a shell is told by a check of its own.
  return DOWNLOAD.test(text) && !STRONG.test(text) && !WEAK.test(text) && !PIPED.test(text);
}

function shortKeysOf(text: string): string[] {
  return [...text.matchAll(/--(?:recv-keys?|receive-keys?)\s+([^;&|\n]+)/g)].flatMap(
    ([, words = ""]) =>
      words
        .split(/\s+/)
        .map((word) => word.replace(/^["']|["']$/g, "").replace(/^0x/i, ""))
        .filter((word) => /^[0-9a-fA-F]+$/.test(word) && word.length < WHOLE_KEY),
  );
}
