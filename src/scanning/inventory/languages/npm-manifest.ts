import type { DeclaredDependency } from "../model.ts";
import { type JsonObject, listOf, objectOf, textOf } from "./untrusted-json.ts";

/** What a manifest of npm declares; entries of package-lock.json use the same words. */
export function npmDependencies(manifest: JsonObject): DeclaredDependency[] {
  const optionalPeers = objectOf(manifest.peerDependenciesMeta);
  const optional = objectOf(manifest.optionalDependencies);
  const required = Object.entries(objectOf(manifest.dependencies)).filter(
    // npm writes optional dependencies into both, and the optional one counts.
    ([name]) => !Object.hasOwn(optional, name),
  );
  return [
    ...required.map((entry) => declare("requires", entry)),
    ...Object.entries(optional).map((entry) => declare("optional", entry)),
    ...Object.entries(objectOf(manifest.peerDependencies)).map((entry) =>
      declare(isOptionalPeer(optionalPeers, entry[0]) ? "optional" : "peer", entry),
    ),
  ];
}

function isOptionalPeer(meta: JsonObject, name: string): boolean {
  return Object.hasOwn(meta, name) && objectOf(meta[name]).optional === true;
}

function declare(
  kind: DeclaredDependency["kind"],
  [name, range]: [string, unknown],
): DeclaredDependency {
  return { kind, name, ...(typeof range === "string" ? { constraint: range } : {}) };
}

/** `license` in its three historical forms. */
export function npmLicences(manifest: JsonObject): string[] {
  const declared = [manifest.license, ...listOf(manifest.licenses)];
  return declared
    .map((licence) => textOf(licence) ?? textOf(objectOf(licence).type))
    .filter((licence) => licence !== undefined);
}
