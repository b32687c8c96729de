import { compareApk } from "../../lib/version-order/apk.ts";
import { compareComposer } from "../../lib/version-order/composer.ts";
import { compareDpkg } from "../../lib/version-order/dpkg.ts";
import { compareMaven } from "../../lib/version-order/maven.ts";
import { compareNpm } from "../../lib/version-order/npm.ts";
import { compareNuget } from "../../lib/version-order/nuget.ts";
import { comparePypi } from "../../lib/version-order/pypi.ts";
import { compareRpm } from "../../lib/version-order/rpm.ts";
import { compareGem } from "../../lib/version-order/rubygems.ts";
import { compareSemver } from "../../lib/version-order/semver.ts";
import type { Distribution, PackageType } from "../inventory/model.ts";

export type CompareVersions = (a: string, b: string) => number;

const ORDERS: Readonly<Record<PackageType, CompareVersions>> = {
  deb: compareDpkg,
  apk: compareApk,
  rpm: compareRpm,
  npm: compareNpm,
  pypi: comparePypi,
  golang: compareSemver,
  maven: compareMaven,
  gem: compareGem,
  cargo: compareSemver,
  composer: compareComposer,
  nuget: compareNuget,
};

/** By which rules versions of a type follow each other. */
export function findOrder(type: PackageType): CompareVersions {
  return ORDERS[type];
}

/** Whose advisories are about packages of the type, in OSV's words; undefined for packages of a distribution that nobody named. */
export function findEcosystem(type: PackageType, distribution?: Distribution): string | undefined {
  const language = LANGUAGES[type];
  if (language !== undefined) return language;
  if (distribution === undefined) return undefined;
  const named = DISTRIBUTIONS[distribution.id];
  // Derivatives have advisories of their own or none: those of what they are like are about other builds.
  return named?.type === type ? named.ecosystem(distribution.version) : undefined;
}

const LANGUAGES: Readonly<Partial<Record<PackageType, string>>> = {
  npm: "npm",
  pypi: "PyPI",
  golang: "Go",
  maven: "Maven",
  gem: "RubyGems",
  cargo: "crates.io",
  composer: "Packagist",
  nuget: "NuGet",
};

interface Distro {
  readonly type: PackageType;
  readonly ecosystem: (version: string) => string;
  /** How its own packages name their vendor; absent where packages do not say. */
  readonly vendors?: readonly string[];
}

const DISTRIBUTIONS: Readonly<Record<string, Distro>> = {
  debian: { type: "deb", ecosystem: (version) => `Debian:${major(version)}`, vendors: ["Debian"] },
  ubuntu: { type: "deb", ecosystem: (version) => `Ubuntu:${version}`, vendors: ["Ubuntu"] },
  alpine: { type: "apk", ecosystem: (version) => `Alpine:v${twoParts(version)}` },
  wolfi: { type: "apk", ecosystem: () => "Wolfi" },
  chainguard: { type: "apk", ecosystem: () => "Chainguard" },
  almalinux: {
    type: "rpm",
    ecosystem: (version) => `AlmaLinux:${major(version)}`,
    vendors: ["AlmaLinux"],
  },
  rhel: {
    type: "rpm",
    ecosystem: (version) => `Red Hat:${major(version)}`,
    vendors: ["Red Hat, Inc.", "Red Hat"],
  },
  rocky: {
    type: "rpm",
    ecosystem: (version) => `Rocky Linux:${major(version)}`,
    vendors: ["Rocky Enterprise Software Foundation", "Rocky"],
  },
};

/** True for a package that somebody else than the distribution built: its advisories are not about it. */
export function isThirdParty(vendor: string | undefined, distribution: Distribution): boolean {
  const own = DISTRIBUTIONS[distribution.id]?.vendors;
  return vendor !== undefined && own !== undefined && !own.includes(vendor);
}

function major(version: string): string {
  return version.split(".", 1)[0] ?? "";
}

function twoParts(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}
