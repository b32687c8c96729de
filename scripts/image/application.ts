import { chmod, cp, mkdir, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "./command.ts";
import { APPLICATION, USER } from "./image-config.ts";

export type Roots = {
  /** The pinned Node: changes with its version only. */
  readonly node: string;
  /** What package-lock.json names: changes with the lockfile only. */
  readonly dependencies: string;
  readonly application: string;
};

/** What the image has besides the program. */
const FILES = join(import.meta.dirname, "files");

/** No program reads these. */
const DEAD_WEIGHT = /\.(d\.[cm]?ts|[cm]?ts|map|md|markdown|flow|c|cc|cpp|h)$/i;
const DEAD_FOLDERS = new Set([".github", "test", "tests", "benchmark", "benchmarks", "examples"]);

/** Installs the production dependencies of the lockfile, with the Node among them in a root of its own. */
export async function installDependencies({ node, dependencies }: Roots): Promise<void> {
  const target = join(dependencies, APPLICATION);
  await mkdir(join(target, "web"), { recursive: true });
  for (const name of ["package.json", "package-lock.json", ".npmrc", "web/package.json"]) {
    await cp(name, join(target, name));
  }
  run("npm", ["ci", "--omit=dev", "--include=optional"], target);
  const modules = join(target, "node_modules");
  for (const name of [
    "web",
    "package-lock.json",
    ".npmrc",
    "node_modules/@berth",
    "node_modules/.package-lock.json",
  ]) {
    await rm(join(target, name), { recursive: true, force: true });
  }
  await moveNode(modules, join(node, APPLICATION, "node_modules"));
  await rm(join(modules, ".bin"), { recursive: true });
  await removeDeadWeight(modules);
}

async function moveNode(from: string, to: string): Promise<void> {
  const names = await readdir(from);
  const name = names.find((entry) => /^node-linux-/.test(entry));
  if (name === undefined) throw new Error("npm installed no Node for this platform");
  await mkdir(join(to, name, "bin"), { recursive: true });
  await rename(join(from, name, "bin/node"), join(to, name, "bin/node"));
  await rename(join(from, name, "LICENSE"), join(to, name, "LICENSE"));
  await rm(join(from, name), { recursive: true });
  await mkdir(join(to, ".bin"));
  await symlink(`../${name}/bin/node`, join(to, ".bin/node"));
}

async function removeDeadWeight(modules: string): Promise<void> {
  const entries = await readdir(modules, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const isDead = entry.isDirectory()
      ? DEAD_FOLDERS.has(entry.name)
      : DEAD_WEIGHT.test(entry.name);
    if (isDead) await rm(path, { recursive: true, force: true });
  }
}

/** The builds and the launcher, and the names under which the container is asked to start. */
export async function copyApplication({ application }: Roots): Promise<void> {
  const target = join(application, APPLICATION);
  await mkdir(join(target, "bin"), { recursive: true });
  await cp("dist-pages", join(target, "dist-pages"), { recursive: true });
  // Not what an earlier build left there for hubs that run.
  for (const name of (await readFile("dist/.own", "utf8")).split("\n").filter(Boolean))
    await cp(join("dist/app", name), join(target, "dist/app", name));
  await cp("bin/berth", join(target, "bin/berth"));
  await chmod(join(target, "bin/berth"), 0o755);
  for (const name of ["package.json", "LICENSE"]) await cp(name, join(target, name));
  for (const name of ["usr/bin/berth", "usr/bin/registry", "etc/berth/berth.yml"]) {
    await mkdir(dirname(join(application, name)), { recursive: true });
    await cp(join(FILES, name), join(application, name));
    await chmod(join(application, name), name.startsWith("usr/bin/") ? 0o755 : 0o644);
  }
}

/** The data directory, which a new volume takes its owner from. */
export async function makeDataDirectory(root: string): Promise<string> {
  const path = USER.home.slice(1);
  await mkdir(join(root, path), { recursive: true });
  await chmod(join(root, dirname(path)), 0o755);
  return path;
}
