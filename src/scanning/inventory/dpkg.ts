import { type ControlParagraph, parseControlFile } from "./control-file.ts";
import { DEPENDENCY_FIELDS, dependenciesOf } from "./dpkg-dependencies.ts";
import type { Analyser, FoundPackage } from "./model.ts";

const MIB = 1024 * 1024;
/** As of packages of languages: each finding and conflict repeats them. */
const LONGEST_NAME = 512;
const LONGEST_VERSION = 256;

const FIELDS: ReadonlySet<string> = new Set([
  "package",
  "status",
  "version",
  "architecture",
  "source",
  "origin",
  ...DEPENDENCY_FIELDS,
]);

/**
 * The database of the distribution: one file, or one for each package where there is no dpkg to keep it (distroless). Other
 * programs have files of the same form and name elsewhere, and what they list is not the distribution's.
 */
const STATUS = /^var\/lib\/dpkg\/(?:status|status\.d\/[^/]+)$/;
const CHECKSUMS = /^var\/lib\/dpkg\/status\.d\/[^/]+\.md5sums$/;

/** `Package: perl-base`, as it is installed, with what it was built from. */
export const dpkgAnalyser: Analyser = {
  name: "dpkg",
  maxBytes: 64 * MIB,
  wants: ({ path }) => STATUS.test(path) && !CHECKSUMS.test(path),
  analyse: ({ path }, content) => {
    const isDatabase = path.endsWith("/status");
    const packages: FoundPackage[] = [];
    for (const paragraph of parseControlFile(content.toString("utf8"), FIELDS)) {
      if (!isInstalled(paragraph, isDatabase)) continue;
      const found = toPackage(paragraph);
      if (found !== undefined) packages.push(found);
    }
    return { packages };
  },
};

/** `install ok installed`: others were removed with their configuration left, or are half unpacked. */
function isInstalled(paragraph: ControlParagraph, isDatabase: boolean): boolean {
  const status = paragraph.get("status");
  if (status === undefined) return !isDatabase;
  return status.split(/\s+/)[2] === "installed";
}

function toPackage(paragraph: ControlParagraph): FoundPackage | undefined {
  const name = paragraph.get("package");
  const version = paragraph.get("version");
  if (name === undefined || name === "" || version === undefined || version === "") {
    return undefined;
  }
  if (name.length > LONGEST_NAME || version.length > LONGEST_VERSION) return undefined;
  const architecture = paragraph.get("architecture");
  const source = sourceOf(paragraph, { name, version });
  const origin = paragraph.get("origin");
  const dependencies = dependenciesOf(paragraph);
  return {
    type: "deb",
    name,
    version,
    ...(architecture === undefined ? {} : { architecture }),
    ...(source === undefined ? {} : { source }),
    ...(origin === undefined ? {} : { vendor: origin }),
    licences: [],
    ...(dependencies.length > 0 ? { dependencies } : {}),
  };
}

/** `Source: perl`, or `Source: shadow (1:4.13+dfsg1-1)` where the versions differ. */
function sourceOf(
  paragraph: ControlParagraph,
  binary: { name: string; version: string },
): FoundPackage["source"] {
  const [, name, version] = /^(\S+)(?:\s+\(([^)]+)\))?/.exec(paragraph.get("source") ?? "") ?? [];
  if (name === undefined) return undefined;
  const source = { name, version: version ?? binary.version };
  return source.name === binary.name && source.version === binary.version ? undefined : source;
}
