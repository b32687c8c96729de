/** What names an artefact of Maven. */
export interface JavaArtefact {
  readonly group: string;
  readonly artefact: string;
  readonly version: string;
}

const LONGEST_NAME = 255;

type Pairs = ReadonlyMap<string, string>;

/** `META-INF/maven/<group>/<artefact>/pom.properties`, which Maven writes into what it builds. */
export function readPomProperties(content: Buffer): JavaArtefact | undefined {
  const pairs = new Map<string, string>();
  for (const line of content.toString("latin1").split(/\r?\n/)) {
    const at = line.search(/[=:]/);
    if (at > 0) pairs.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  return proveArtefact(pairs.get("groupId"), pairs.get("artifactId"), pairs.get("version"));
}

/** The main section of META-INF/MANIFEST.MF; lines of 72 bytes go on after a blank. */
export function readManifest(content: Buffer): Pairs {
  const unfolded = content.toString("utf8").replace(/\r\n?/g, "\n").replace(/\n /g, "");
  const main = unfolded.split("\n\n", 1)[0] ?? "";
  return new Map(
    main.split("\n").map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, Math.max(0, at)), line.slice(at + 1).trim()];
    }),
  );
}

/**
 * What a manifest says of a jar that Maven's file is missing from. The manifest was made for people and for OSGi, so that this is a
 * guess, the same that others make: a symbolic name is the group with the artefact at its end.
 */
export function artefactOfManifest(manifest: Pairs): JavaArtefact | undefined {
  const symbolic = manifest.get("Bundle-SymbolicName")?.replace(/;.*$/, "").trim();
  const lastDot = symbolic?.lastIndexOf(".") ?? -1;
  const group =
    manifest.get("Implementation-Vendor-Id") ??
    (lastDot > 0 ? symbolic?.slice(0, lastDot) : symbolic) ??
    manifest.get("Implementation-Vendor") ??
    manifest.get("Specification-Vendor");
  const artefact =
    manifest.get("Implementation-Title") ??
    manifest.get("Specification-Title") ??
    manifest.get("Bundle-Name");
  const version =
    manifest.get("Implementation-Version") ??
    manifest.get("Specification-Version") ??
    manifest.get("Bundle-Version");
  return proveArtefact(group, artefact, version);
}

/** "spring-core-5.3.4.jar": the artefact and the version that a file's name tells. */
export function readJarName(fileName: string): Omit<JavaArtefact, "group"> | undefined {
  if (fileName.length > LONGEST_NAME) return undefined;
  const base = fileName.replace(/\.[^.]+$/, "");
  const [, artefact, version] = /^(.+?)-(\d[\w.+-]*)$/.exec(base) ?? [];
  return artefact === undefined || version === undefined ? undefined : { artefact, version };
}

function proveArtefact(group = "", artefact = "", version = ""): JavaArtefact | undefined {
  if (group === "" || artefact === "" || version === "") return undefined;
  // An unfilled template of a build is no version.
  return version.includes("${") ? undefined : { group, artefact, version };
}
