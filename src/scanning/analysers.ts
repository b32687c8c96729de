import { createApkAnalyser } from "./inventory/apk.ts";
import { dpkgAnalyser } from "./inventory/dpkg.ts";
import { dpkgCopyrightAnalyser } from "./inventory/dpkg-copyright.ts";
import { createDpkgOwnershipAnalyser } from "./inventory/dpkg-ownership.ts";
import { LANGUAGE_ANALYSERS } from "./inventory/languages/analysers.ts";
import type { Analyser } from "./inventory/model.ts";
import { osReleaseAnalyser } from "./inventory/os-release.ts";
import { createRpmAnalyser } from "./inventory/rpm/rpm.ts";

/** Raised with every change of what analysers find, so that layers that were looked at before are looked at again. */
export const ANALYSER_VERSION = 7;

/** Names that are no programs, though analysers of programs want everything that is executable. */
const NO_PROGRAM = /(?:^|\/)[^/]*\.(?!so(?:\.|$))[^/]*$|^usr\/share\//;

export const ANALYSERS: readonly Analyser[] = [
  osReleaseAnalyser,
  dpkgAnalyser,
  dpkgCopyrightAnalyser,
  createDpkgOwnershipAnalyser(isAskedFor),
  createApkAnalyser(isAskedFor),
  createRpmAnalyser(isAskedFor),
  ...LANGUAGE_ANALYSERS,
];

/** Whether some analyser of languages might read the file: what nobody reads need not be remembered as owned. */
function isAskedFor(path: string): boolean {
  const isWantedAs = (mode: number) => (analyser: Analyser) =>
    analyser.wants({ path, size: 64 * 1024, mode });
  if (LANGUAGE_ANALYSERS.some(isWantedAs(0o644))) return true;
  return !NO_PROGRAM.test(path) && LANGUAGE_ANALYSERS.some(isWantedAs(0o755));
}
