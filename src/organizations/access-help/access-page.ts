import { createHash } from "node:crypto";
import { describeRight } from "../../access/index.ts";
import type { AccessHelp } from "./access-help.ts";

/** What is shown of a repository or of its absence, before it is text or HTML. */
export interface AccessPage {
  readonly title: string;
  readonly sentences: readonly string[];
  readonly commands: readonly { readonly right: string; readonly command: string }[];
}

const STYLE =
  ":root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:48rem;padding:0 1rem}" +
  "pre{overflow:auto;padding:.75rem;border:1px solid;border-radius:.25rem}";
const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");

/** Nothing runs, nothing is loaded, and nothing is sent anywhere. */
export const PAGE_POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export function pageOf(help: AccessHelp): AccessPage {
  const { repository, visibility, account, may, limit, granter, granterNames, commands } = help;
  const held = may.map((action) => `"${describeRight(action)}"`).join(", ");
  const who = account === undefined ? "Without a login you have" : `You are ${account} and have`;
  const names = granterNames.length === 0 ? "" : `: ${granterNames.join(", ")}`;
  return {
    title: repository,
    sentences: [
      visibility === "absent"
        ? `${repository} does not exist: a push by who may write there makes it.`
        : `${repository} is ${visibility}.`,
      `${who} ${held} there${limit === undefined ? "" : `, and ${limit}`}.`,
      ...(may.includes("admin") ? [] : [`${granter} can grant more${names}.`]),
    ],
    commands,
  };
}

/** The same for what does not exist and for what is not for the caller to see: made of what they asked for alone. */
export function pageOfNothing(asked: string, isKnown: boolean): AccessPage {
  const repository = asked.includes("/") ? asked : `library/${asked}`;
  const [namespace = ""] = repository.split("/", 1);
  const login = `See what you may do with it by your own login: berth repo access ${repository}`;
  return {
    title: repository,
    sentences: [
      `There is no repository ${repository}, or it is not for you to see.`,
      ...(isKnown ? [] : [`You are not logged in. ${login}`]),
      `Whoever owns "${namespace}" can give you the right to read it:`,
    ],
    commands: [
      {
        right: "read",
        command: `berth repo grant ${namespace} --account NAME --repository ${repository} --may pull`,
      },
    ],
  };
}

export function toText({ title, sentences, commands }: AccessPage): string {
  const lines = commands.map(({ right, command }) => `  ${right}: ${command}`);
  return `${[title, "", ...sentences, ...lines].join("\n")}\n`;
}

export function toHtml({ title, sentences, commands }: AccessPage): string {
  const lines = commands.map(
    ({ right, command }) =>
      `<p>${escapeHtml(right)}:</p>\n<pre><code>${escapeHtml(command)}</code></pre>`,
  );
  return [
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>Rights to ${escapeHtml(title)}</title>\n<style>${STYLE}</style>\n</head>\n<body>\n<main>`,
    `<h1>${escapeHtml(title)}</h1>`,
    ...sentences.map((sentence) => `<p>${escapeHtml(sentence)}</p>`),
    ...lines,
    "</main>\n</body>\n</html>\n",
  ].join("\n");
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
