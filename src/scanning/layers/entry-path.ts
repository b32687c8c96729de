import type { LayerLimits } from "./layer-limits.ts";
import { LayerRefused } from "./layer-refused.ts";

/**
 * The path of an archive's entry as it is below the image's root: without a leading slash, `.`, `..` and doubled slashes.
 * What climbs above the root stays there, as it does for engines. Nothing is ever written under such a name.
 */
export function normaliseEntryPath(
  name: string,
  limits: Pick<LayerLimits, "pathBytes" | "pathDepth">,
): string {
  if (name.length > limits.pathBytes || Buffer.byteLength(name) > limits.pathBytes) {
    throw new LayerRefused("PATH_TOO_LONG", `${name.slice(0, 60)}...`);
  }
  const path = isNormal(name) ? trimSlashes(name) : resolveSegments(name);
  if (depthOf(path) > limits.pathDepth) {
    throw new LayerRefused("PATH_TOO_DEEP", `${path.slice(0, 60)}...`);
  }
  return path;
}

/** Nearly all are: then nothing has to be taken apart. */
function isNormal(name: string): boolean {
  return !(name.includes("./") || name.includes("//") || name.includes("/.") || name === "..");
}

function trimSlashes(name: string): string {
  const from = name.startsWith("/") ? 1 : 0;
  const to = name.endsWith("/") ? name.length - 1 : name.length;
  const path = to > from ? name.slice(from, to) : "";
  return path === "." ? "" : path;
}

function resolveSegments(name: string): string {
  const kept: string[] = [];
  for (const segment of name.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  return kept.join("/");
}

function depthOf(path: string): number {
  let depth = 1;
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) depth += 1;
  return depth;
}
