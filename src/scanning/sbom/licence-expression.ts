import parseExpression from "spdx-expression-parse";
import licenceIds from "spdx-license-ids/index.json" with { type: "json" };
import { gnuLicence, LICENCE_NAMES } from "./licence-names.ts";

export interface LicenceExpression {
  /** In the words of SPDX. */
  readonly expression: string;
  /** Licences that SPDX has no name for: by the reference that stands in the expression, the name that the package uses. */
  readonly references: ReadonlyMap<string, string>;
}

/** Longer texts are no names of licences. */
const LENGTH_LIMIT = 1000;
const BY_LOWER_CASE = new Map(licenceIds.map((id) => [id.toLowerCase(), id]));
const LICENCE_IDS: ReadonlySet<string> = new Set(licenceIds);
const OPERATORS: Readonly<Record<string, string>> = { and: "AND", or: "OR", with: "WITH" };

/** What packages declare, as one SPDX expression: all of it holds. Undefined if they declare nothing. */
export function toLicenceExpression(declared: readonly string[]): LicenceExpression | undefined {
  const texts = [...new Set(declared.map((text) => text.trim().slice(0, LENGTH_LIMIT)))];
  const references = new Map<string, string>();
  const expressions = texts
    .filter((text) => text !== "")
    .map((text) => (isExpression(text) ? text : translate(text, references)));
  const [first] = expressions;
  if (first === undefined) return undefined;
  const parts = [...new Set(expressions)];
  const expression =
    parts.length === 1
      ? first
      : parts.map((part) => (/ /.test(part) ? `(${part})` : part)).join(" AND ");
  return { expression, references };
}

function isExpression(text: string): boolean {
  // Most are one licence; parsing what is none costs an error each time.
  if (LICENCE_IDS.has(text)) return true;
  try {
    parseExpression(text);
    return true;
  } catch {
    // Nearly nothing that is not in SPDX's words parses; what does not is translated.
    return false;
  }
}

/** Operators and parentheses stay where they are; what stands between them is one name each. */
function translate(text: string, references: Map<string, string>): string {
  const tokens = text.split(/(\(|\)|\s+(?:and|or|with|AND|OR|WITH)\s+|\s*[,;&|]\s*)/);
  const words = tokens.flatMap((token) => {
    const word = token.trim();
    if (word === "") return [];
    if (word === "(" || word === ")") return [word];
    if (/^[,;&]$/.test(word)) return ["AND"];
    if (word === "|") return ["OR"];
    return [OPERATORS[word.toLowerCase()] ?? nameOf(word, references)];
  });
  const expression = words.join(" ").replaceAll("( ", "(").replaceAll(" )", ")");
  return isExpression(expression) ? expression : referenceTo(text, references);
}

function nameOf(word: string, references: Map<string, string>): string {
  const lower = word.toLowerCase();
  const known = BY_LOWER_CASE.get(lower) ?? gnuLicence(word) ?? LICENCE_NAMES[lower];
  if (known === undefined) return referenceTo(word, references);
  return known.includes(" ") ? `(${known})` : known;
}

function referenceTo(name: string, references: Map<string, string>): string {
  const words = name.replace(/[^A-Za-z0-9.]+/g, "-").replace(/^-+|-+$/g, "");
  const reference = `LicenseRef-${words === "" ? "unnamed" : words.slice(0, 100)}`;
  references.set(reference, name);
  return reference;
}
