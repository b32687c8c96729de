import type { Analyser, DeclaredDependency, FoundPackage } from "./model.ts";
import { isTooLong, withinLength } from "./word-lengths.ts";

/** apk-tools 3 moved it below usr/. */
const DATABASE = /^(?:usr\/)?lib\/apk\/db\/installed$/;

/** `so:libc.musl-x86_64.so.1`, `cmd:sh=1.36`, `busybox>=1.36`, `!uclibc`; `@edge` says from which repository. */
const RELATION = /^(!?)([^<>=~@]+)(?:@[^<>=~]+)?(?:([<>=~]+)(.*))?$/;

/** Reads apk's database of installed packages, and of the files they own those that somebody asks for. */
export function createApkAnalyser(isAskedFor: (path: string) => boolean): Analyser {
  return {
    name: "apk",
    maxBytes: 64 * 1024 * 1024,
    wants: ({ path }) => DATABASE.test(path),
    analyse: (_file, content) => {
      const packages: FoundPackage[] = [];
      const ownedPaths: string[] = [];
      const owners: number[] = [];
      for (const block of content.toString("utf8").split("\n\n")) {
        const { fields, paths } = parseBlock(block);
        const found = toPackage(fields);
        if (found === undefined) continue;
        for (const path of paths.filter(isAskedFor)) {
          ownedPaths.push(path);
          owners.push(packages.length);
        }
        packages.push(found);
      }
      return { packages, ownedPaths, owners };
    },
  };
}

/** A line says one thing by its first letter; `F:` names a directory, and each `R:` after it a file in there. */
function parseBlock(block: string): { fields: ReadonlyMap<string, string>; paths: string[] } {
  const fields = new Map<string, string>();
  const paths: string[] = [];
  for (const line of block.split("\n")) {
    if (line[1] !== ":") continue;
    const [name, value] = [line.slice(0, 1), line.slice(2)];
    const folder = fields.get("F") ?? "";
    if (name === "R") paths.push(folder === "" ? value : `${folder}/${value}`);
    else fields.set(name, value);
  }
  return { fields, paths };
}

function toPackage(fields: ReadonlyMap<string, string>): FoundPackage | undefined {
  const name = fields.get("P");
  const version = fields.get("V");
  if (name === undefined || name === "" || version === undefined || version === "")
    return undefined;
  if (isTooLong({ name, version })) return undefined;
  const architecture = fields.get("A");
  const origin = withinLength(fields.get("o"));
  const licence = fields.get("L");
  const dependencies = [
    ...relations(fields.get("D"), "requires"),
    ...relations(fields.get("p"), "provides"),
  ];
  return {
    type: "apk",
    name,
    version,
    ...(architecture === undefined ? {} : { architecture }),
    // A build makes its main package and the others in one version.
    ...(origin === undefined || origin === name ? {} : { source: { name: origin, version } }),
    licences: licence === undefined || licence === "" ? [] : [licence],
    ...(dependencies.length > 0 ? { dependencies } : {}),
  };
}

function relations(
  text: string | undefined,
  kind: DeclaredDependency["kind"],
): DeclaredDependency[] {
  return (text ?? "").split(" ").flatMap((word) => {
    const [, not, name, operator, version] = RELATION.exec(word) ?? [];
    if (name === undefined) return [];
    return {
      kind: not === "!" ? "conflicts" : kind,
      name,
      ...(operator === undefined ? {} : { constraint: `${operator} ${version ?? ""}` }),
    };
  });
}
