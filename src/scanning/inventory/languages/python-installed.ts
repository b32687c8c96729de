import { createLanguageAnalyser, DESCRIPTION_BYTES } from "./language-analyser.ts";
import { parseRequirement } from "./python-requirement.ts";

const METADATA = /\.dist-info\/METADATA$|\.egg-info(?:\/PKG-INFO)?$|(?:^|\/)EGG-INFO\/PKG-INFO$/;
/** Longer ones are the text of the licence itself. */
const LONGEST_LICENCE = 120;
/** The text of a licence has hundreds, folded into one header. */
const MOST_LINES = 10_000;

/** Distributions where pip and its kin put them (PEP 376, "Core metadata specifications"), and older eggs. */
export const pythonInstalled = createLanguageAnalyser({
  name: "python-installed",
  maxBytes: DESCRIPTION_BYTES,
  wants: (path) => METADATA.test(path),
  *read(content) {
    const headers = readHeaders(content);
    yield {
      type: "pypi",
      name: headers.get("name")?.[0],
      version: headers.get("version")?.[0],
      licences: licencesOf(headers),
      dependencies: (headers.get("requires-dist") ?? [])
        .map(parseRequirement)
        .filter((requirement) => requirement !== undefined),
    };
  },
});

/** Headers as in mail; the description that may follow them is not read. */
function readHeaders(content: Buffer): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  let last: string[] = [];
  let count = 0;
  for (const line of content.toString("utf8").split(/\r?\n/)) {
    if (line === "") break;
    count += 1;
    if (count > MOST_LINES) throw new Error(`its headers have more than ${MOST_LINES} lines`);
    if (/^[ \t]/.test(line)) {
      last.push(`${last.pop() ?? ""}\n${line.trim()}`);
      continue;
    }
    const at = line.indexOf(":");
    const key = line.slice(0, Math.max(at, 0)).toLowerCase();
    last = headers.get(key) ?? [];
    headers.set(key, last);
    last.push(line.slice(at + 1).trim());
  }
  return headers;
}

function licencesOf(headers: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const expression = headers.get("license-expression");
  if (expression !== undefined) return expression;
  const named = (headers.get("license") ?? []).filter(
    (licence) =>
      !licence.includes("\n") && licence.length <= LONGEST_LICENCE && licence !== "UNKNOWN",
  );
  if (named.length > 0) return named;
  return (headers.get("classifier") ?? [])
    .filter((classifier) => classifier.startsWith("License ::"))
    .map((classifier) => classifier.slice(classifier.lastIndexOf("::") + 2))
    .filter((licence) => licence.trim() !== "OSI Approved");
}
