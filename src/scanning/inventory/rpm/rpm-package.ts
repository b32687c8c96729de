import type { DeclaredDependency, FoundPackage } from "../model.ts";
import { isTooLong, withinLength } from "../word-lengths.ts";
import { RPM_TAGS, type RpmHeader } from "./rpm-header.ts";

const FLAGS = { less: 2, greater: 4, equal: 8 };

/** Undefined for what rpm keeps among its packages and is none: keys, and names that no package has. */
export function toRpmPackage(header: RpmHeader): FoundPackage | undefined {
  const name = header.text(RPM_TAGS.name);
  const version = header.text(RPM_TAGS.version);
  const release = header.text(RPM_TAGS.release);
  if (name === undefined || version === undefined || release === undefined) {
    throw new Error("a package has no name, version or release");
  }
  if (name === "gpg-pubkey") return undefined;
  const epoch = header.numbers(RPM_TAGS.epoch)[0] ?? 0;
  const full = epoch === 0 ? `${version}-${release}` : `${epoch}:${version}-${release}`;
  if (isTooLong({ name, version: full })) return undefined;
  const source = sourceOf(withinLength(header.text(RPM_TAGS.sourceRpm)), {
    ...{ name, version: full, epoch },
  });
  const said = {
    architecture: header.text(RPM_TAGS.architecture),
    source,
    vendor: wordOf(header.text(RPM_TAGS.vendor)),
    module: wordOf(header.text(RPM_TAGS.modularityLabel)),
  };
  const dependencies = dependenciesOf(header);
  return {
    type: "rpm",
    name,
    version: full,
    ...(said.architecture === undefined ? {} : { architecture: said.architecture }),
    ...(said.source === undefined ? {} : { source: said.source }),
    ...(said.vendor === undefined ? {} : { vendor: said.vendor }),
    ...(said.module === undefined ? {} : { module: said.module }),
    licences: header.texts(RPM_TAGS.licence).slice(0, 1),
    ...(dependencies.length > 0 ? { dependencies } : {}),
  };
}

/** Of the files that the package owns, those that somebody asks for. */
export function ownedPathsOf(
  header: RpmHeader,
  isAskedFor: (path: string) => boolean,
): readonly string[] {
  const directories = header.texts(RPM_TAGS.directoryNames);
  const indexes = header.numbers(RPM_TAGS.directoryIndexes);
  return header
    .texts(RPM_TAGS.baseNames)
    .map((name, index) => `${directories[indexes[index] ?? -1] ?? ""}${name}`.replace(/^\/+/, ""))
    .filter(isAskedFor);
}

/** rpm writes an absent text as "(none)". */
function wordOf(text: string | undefined): string | undefined {
  return text === "" || text === "(none)" ? undefined : withinLength(text);
}

/** `openssl-1.1.1k-6.el8_5.src.rpm`: it says no epoch, which is the binary package's where the versions are the same. */
function sourceOf(
  file: string | undefined,
  binary: { name: string; version: string; epoch: number },
): FoundPackage["source"] {
  const [, name, version, release] =
    /^(.+)-([^-]+)-([^-]+)\.(?:no)?src\.rpm$/.exec(file ?? "") ?? [];
  if (name === undefined) return undefined;
  const plain = `${version}-${release}`;
  const isSameBuild = binary.version === plain || binary.version === `${binary.epoch}:${plain}`;
  const full = isSameBuild ? binary.version : plain;
  return name === binary.name && isSameBuild ? undefined : { name, version: full };
}

function dependenciesOf(header: RpmHeader): DeclaredDependency[] {
  return [
    ...relations("requires", {
      names: header.texts(RPM_TAGS.requireName),
      versions: header.texts(RPM_TAGS.requireVersion),
      flags: header.numbers(RPM_TAGS.requireFlags),
    }),
    ...relations("conflicts", {
      names: header.texts(RPM_TAGS.conflictName),
      versions: header.texts(RPM_TAGS.conflictVersion),
      flags: header.numbers(RPM_TAGS.conflictFlags),
    }),
    ...relations("provides", {
      names: header.texts(RPM_TAGS.provideName),
      versions: header.texts(RPM_TAGS.provideVersion),
      flags: header.numbers(RPM_TAGS.provideFlags),
    }),
  ];
}

interface Relations {
  readonly names: readonly string[];
  readonly versions: readonly string[];
  readonly flags: readonly number[];
}

function relations(
  kind: DeclaredDependency["kind"],
  { names, versions, flags }: Relations,
): DeclaredDependency[] {
  return names.flatMap((name, index) => {
    // What rpm itself has to be able to do, not what has to be installed.
    if (name.startsWith("rpmlib(")) return [];
    const version = versions[index] ?? "";
    const operator = operatorOf(flags[index] ?? 0);
    const constraint =
      version === "" || operator === "" ? {} : { constraint: `${operator} ${version}` };
    return { kind, name, ...constraint };
  });
}

function operatorOf(flags: number): string {
  const less = (flags & FLAGS.less) !== 0 ? "<" : "";
  const greater = (flags & FLAGS.greater) !== 0 ? ">" : "";
  const equal = (flags & FLAGS.equal) !== 0 ? "=" : "";
  return less + greater + equal;
}
