import { expect, test } from "vitest";
import type { PackageType, PlacedPackage } from "../model.ts";
import { withoutInstalledLocks } from "./believed-locks.ts";

const at = (type: PackageType, path: string, name: string): PlacedPackage => ({
  type,
  name,
  version: "1.0.0",
  licences: [],
  path,
  layer: 0,
  ownedByDistribution: false,
});
const locked = (...place: Parameters<typeof at>): PlacedPackage => ({
  ...at(...place),
  locked: true,
});
const names = (packages: readonly PlacedPackage[]) =>
  packages.map(({ name, path }) => `${name} ${path}`);

test("a lock file beside what it installed says nothing more", () => {
  const seen = at("npm", "app/node_modules/a/package.json", "a");
  const lock = [
    locked("npm", "app/package-lock.json", "a"),
    locked("npm", "app/package-lock.json", "for-tests"),
  ];
  expect(withoutInstalledLocks([seen, ...lock])).toEqual([seen]);
});

test("a lock file of an application that was bundled is all there is", () => {
  const npm = at("npm", "usr/lib/node_modules/npm/package.json", "npm");
  const lock = locked("npm", "app/yarn.lock", "npm");
  expect(names(withoutInstalledLocks([npm, lock]))).toEqual(names([npm, lock]));
});

test("what Python installs lies elsewhere, and is known by its names however they are spelt", () => {
  const seen = at("pypi", "usr/lib/python3.11/site-packages/Foo_Bar.dist-info/METADATA", "Foo.Bar");
  const lock = [
    locked("pypi", "app/poetry.lock", "foo-bar"),
    locked("pypi", "app/poetry.lock", "pytest"),
  ];
  expect(withoutInstalledLocks([seen, ...lock])).toEqual([seen]);
  const other = { ...seen, ownedByDistribution: true };
  expect(withoutInstalledLocks([other, ...lock])).toEqual([other, ...lock]);
});
