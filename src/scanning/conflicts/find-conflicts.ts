import type { ImageInventory } from "../inventory/model.ts";
import type { Conflict } from "./conflict.ts";
import { findDpkgConflicts } from "./dpkg-conflicts.ts";
import { findGemConflicts } from "./gem-conflicts.ts";
import { findJavaConflicts } from "./java-conflicts.ts";
import { findNpmConflicts } from "./npm-conflicts.ts";
import { findOwnerConflicts } from "./owner-conflicts.ts";
import { findPythonConflicts } from "./python-conflicts.ts";
import { findRpmConflicts } from "./rpm-conflicts.ts";

/** Packages of an image that do not fit together, of all package managers that are understood. */
export function findConflicts({ packages }: Pick<ImageInventory, "packages">): Conflict[] {
  return [
    findDpkgConflicts,
    findRpmConflicts,
    findNpmConflicts,
    findPythonConflicts,
    findGemConflicts,
    findJavaConflicts,
    findOwnerConflicts,
  ].flatMap((find) => find(packages));
}
