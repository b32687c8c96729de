import type { Analyser } from "../model.ts";
import { cargoLock } from "./cargo-lock.ts";
import { composerInstalled, composerLock } from "./composer.ts";
import { javaArchive } from "./java-archive.ts";
import { npmInstalled } from "./npm-installed.ts";
import { npmLock } from "./npm-lock.ts";
import { nugetDeps, nugetLock } from "./nuget.ts";
import { pnpmLock } from "./pnpm-lock.ts";
import { programs } from "./programs.ts";
import { pythonInstalled } from "./python-installed.ts";
import { pythonPipfileLock, pythonRequirements, pythonTomlLocks } from "./python-locks.ts";
import { rubyInstalled, rubyLock } from "./ruby.ts";
import { yarnLock } from "./yarn-lock.ts";

/** What finds the packages of programming languages. No two of them want the same file. */
export const LANGUAGE_ANALYSERS: readonly Analyser[] = [
  npmInstalled,
  npmLock,
  yarnLock,
  pnpmLock,
  pythonInstalled,
  pythonRequirements,
  pythonPipfileLock,
  pythonTomlLocks,
  rubyInstalled,
  rubyLock,
  cargoLock,
  composerInstalled,
  composerLock,
  nugetDeps,
  nugetLock,
  javaArchive,
  programs,
];
