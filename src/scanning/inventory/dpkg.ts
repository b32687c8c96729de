import { type ControlParagraph, parseControlFile } from "./control-file.ts";
import { DEPENDENCY_FIELDS, dependenciesOf } from "./dpkg-dependencies.ts";
import type { Analyser, FoundPackage } from "./model.ts";
import { isTooLong, withinLength } from "./word-lengths.ts";

const MIB = 1024 * 1024;

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

/** Whose files are not there: never unpacked, or removed with their configuration left (dpkg(1), "Package states"). */
const ABSENT: ReadonlySet<string> = new Set(["not-installed", "config-files"]);

/**
 * `install ok installed`, and what was unpacked and not configured or waits for a trigger: its files are as vulnerable, and
 * Trivy counts it too. That goes by what is wanted (the first word), so that it leaves out what is to be removed some day.
 */
function isInstalled(paragraph: ControlParagraph, isDatabase: boolean): boolean {
  const status = paragraph.get("status");
  if (status === undefined) return !isDatabase;
  return !ABSENT.has(status.split(/\s+/)[2] ?? "not-installed");
}

function toPackage(paragraph: ControlParagraph): FoundPackage | undefined {
  const name = paragraph.get("package");
  const version = paragraph.get("version");
  if (name === undefined || name === "" || version === undefined || version === "") {
    return undefined;
  }
  if (isTooLong({ name, version })) return undefined;
  const architecture = paragraph.get("architecture");
  const source = sourceOf(paragraph, { name, version });
  const origin = withinLength(paragraph.get("origin"));
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
  const [, name, version] =
    /^(\S+)(?:\s+\(([^)]+)\))?/.exec(withinLength(paragraph.get("source")) ?? "") ?? [];
  if (name === undefined) return undefined;
  const source = { name, version: version ?? binary.version };
  return source.name === binary.name && source.version === binary.version ? undefined : source;
}
