import type { Analyser, Distribution } from "./model.ts";

/** Where os-release(5) says it is; Fedora's is a link to one of several below `os-release.d`. */
const PATHS = /^(?:etc|usr\/lib)\/os-release$|^usr\/lib\/os[-.]release\.d\/os-release-[\w-]+$/;

export const osReleaseAnalyser: Analyser = {
  name: "os-release",
  maxBytes: 64 * 1024,
  wants: ({ path }) => PATHS.test(path),
  analyse: (_file, content) => {
    const distribution = parseOsRelease(content.toString("utf8"));
    return distribution === undefined ? {} : { distribution };
  },
};

/** Undefined for a file that does not say what it is of. */
function parseOsRelease(text: string): Distribution | undefined {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, name, value] = /^\s*([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) fields.set(name, unquote(value.trim()));
  }
  const id = fields.get("ID")?.toLowerCase();
  if (id === undefined || id === "") return undefined;
  return {
    id,
    version: fields.get("VERSION_ID") ?? "",
    like: (fields.get("ID_LIKE") ?? "").split(/\s+/).filter((word) => word !== ""),
    prettyName: fields.get("PRETTY_NAME") ?? fields.get("NAME") ?? id,
  };
}

/** As a shell would. */
function unquote(value: string): string {
  const [quote] = value;
  const isQuoted = value.length > 1 && (quote === '"' || quote === "'") && value.endsWith(quote);
  if (!isQuoted) return value;
  const inner = value.slice(1, -1);
  return quote === '"' ? inner.replace(/\\(["$`\\])/g, "$1") : inner;
}
