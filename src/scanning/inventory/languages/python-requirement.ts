import type { DeclaredDependency } from "../model.ts";

const REQUIREMENT = /^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(.*)$/;

/** One requirement of PEP 508: `requests[socks] (>=2.0,<3) ; python_version < "3.8"`. */
export function parseRequirement(text: string): DeclaredDependency | undefined {
  const at = text.indexOf(";");
  const marker = at === -1 ? "" : text.slice(at + 1).trim();
  const [, name, rest = ""] = REQUIREMENT.exec(at === -1 ? text : text.slice(0, at)) ?? [];
  if (name === undefined) return undefined;
  const constraint = rest
    .trim()
    .replace(/^\((.*)\)$/, "$1")
    .trim();
  return {
    // What an extra wants is installed only by those who asked for the extra.
    kind: /\bextra\s*==/.test(marker) ? "optional" : "requires",
    name,
    // An address in place of a version says nothing that could be compared.
    ...(constraint === "" || constraint.startsWith("@") ? {} : { constraint }),
    ...(marker === "" ? {} : { condition: marker }),
  };
}
