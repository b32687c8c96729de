import type { Check } from "./check.ts";

/** What comes with a definition, as in docker-library/docs: file names and their contents. */
export interface Documentation {
  /** `README-short.txt` */
  readonly short: string;
  /** `content.md` */
  readonly content: string;
  /** `license.md` */
  readonly licence: string;
  /** `maintainer.md` */
  readonly maintainer: string;
  /** `github-repo`: where the sources are. */
  readonly source: string;
  readonly hasLogo: boolean;
}

export interface DocsSubject {
  readonly docs: Documentation;
  /** The texts of entrypoints, as far as they are scripts of the build contexts. */
  readonly entrypoints: readonly string[];
}

const SHORT_LENGTH = 100;
/** What shells and containers have anyway. */
const COMMON = new Set(
  "PATH HOME PWD OLDPWD USER UID EUID IFS OPTARG OPTIND PPID RANDOM SHELL TERM LANG LC_ALL TZ HOSTNAME BASH_SOURCE BASH_VERSION FUNCNAME PIPESTATUS REPLY LINENO SECONDS".split(
    " ",
  ),
);
const LINK = /\]\(https?:\/\/[^)\s]+\)|<https?:\/\/[^>\s]+>|https?:\/\/\S+/;

export const DOCS_CHECKS: readonly Check<DocsSubject>[] = [
  {
    number: 44,
    id: "documentation-incomplete",
    severity: "error",
    title: "Documented: what it is, how to use it, whose it is",
    why: "Whoever finds the image has nothing but its page to decide by.",
    fix: `Write README-short.txt (${SHORT_LENGTH} characters at most), content.md with the headings "What is" and "How to use", license.md and maintainer.md with links, and github-repo.`,
    look: ({ docs }) => wrongWith(docs),
  },
  {
    number: 45,
    id: "no-logo",
    severity: "warning",
    title: "Has a logo",
    why: "People find an image by it.",
    fix: "Add logo.png, 120 pixels or more on each side.",
    look: ({ docs }) => (docs.hasLogo ? [] : ["there is no logo.png"]),
  },
  {
    number: 46,
    id: "variable-undocumented",
    severity: "advice",
    title: "Documents each variable of its entrypoint",
    why: "A variable that nobody knows of is used by nobody, or found by surprise.",
    fix: "Name each in content.md.",
    look: ({ docs, entrypoints }) =>
      [...new Set(entrypoints.flatMap(variablesOfScript))]
        .filter((name) => !new RegExp(`\\b${name}\\b`).test(docs.content))
        .toSorted()
        .map((name) => `${name} stands nowhere in content.md`),
  },
];

function wrongWith({ short, content, licence, maintainer, source }: Documentation): string[] {
  const length = short.trim().length;
  const rules: readonly (readonly [isRight: boolean, sentence: string])[] = [
    [length > 0, "README-short.txt says nothing"],
    [
      length <= SHORT_LENGTH,
      `README-short.txt has ${length} characters, and ${SHORT_LENGTH} are shown`,
    ],
    [/^#+\s*what is\b/im.test(content), 'content.md has no heading "What is"'],
    [/^#+\s*how to use\b/im.test(content), 'content.md has no heading "How to use"'],
    [LINK.test(licence), "license.md links to no licence"],
    [LINK.test(maintainer), "maintainer.md links to nobody"],
    [/^https?:\/\/\S+$/.test(source.trim()), "github-repo is no address of sources"],
  ];
  return rules.flatMap(([isRight, sentence]) => (isRight ? [] : [sentence]));
}

/** What a script reads and does not set itself. */
function variablesOfScript(text: string): string[] {
  const code = text.replaceAll(/^\s*#.*$/gm, "");
  const set = new Set(
    [
      ...code.matchAll(
        /(?:^|[\s;])(?:local\s+|export\s+|declare\s+|readonly\s+|for\s+)?([A-Z][A-Z0-9_]+)(?:=|\s+in\s)/gm,
      ),
    ].map(([, name = ""]) => name),
  );
  const read = [...code.matchAll(/\$\{?([A-Z][A-Z0-9_]+)\b/g)].map(([, name = ""]) => name);
  // `: "${NAME:=x}"` gives a default to what people may set.
  const given = [...code.matchAll(/\$\{([A-Z][A-Z0-9_]+):?[-=?+]/g)].map(([, name = ""]) => name);
  return [...new Set([...read.filter((name) => !set.has(name)), ...given])].filter(
    (name) => !COMMON.has(name),
  );
}
