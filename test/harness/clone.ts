import { cp, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "./command.ts";
import { makeTempDirectory } from "./temp-directory.ts";

export const PROJECT = join(import.meta.dirname, "../..");

export type Clone = { readonly path: string } & AsyncDisposable;

/** What somebody has who cloned this tree and typed nothing yet: the files that git knows, as they are now. */
export async function makeClone(): Promise<Clone> {
  const directory = await makeTempDirectory("clone");
  const { stdout } = await run("git", ["ls-files", "-z"], { cwd: PROJECT });
  for (const name of stdout.split("\0").filter(Boolean)) {
    await mkdir(dirname(join(directory.path, name)), { recursive: true });
    await cp(join(PROJECT, name), join(directory.path, name));
  }
  return directory;
}

/** A clone whose dependencies are installed: linked to those of this tree, as a second copy would take minutes. */
export async function makeInstalledClone(): Promise<Clone> {
  const clone = await makeClone();
  const modules = join(clone.path, "node_modules");
  await run("cp", ["-al", join(PROJECT, "node_modules"), modules]);
  await cp(join(clone.path, "package-lock.json"), join(modules, ".installed-from"), {
    force: true,
  });
  return clone;
}

/** The environment of somebody whose shell knows nothing of this project's Node, npm's settings or its variables. */
export function plainEnvironment(): Record<string, string> {
  const whole = Object.entries(wholeEnvironment());
  const own = whole.filter(
    ([name]) => !/^(npm_|BERTH_|REGISTRY_|VITEST|NODE_ENV$|PATH$)/i.test(name),
  );
  const folders = (process.env.PATH ?? "").split(":");
  const PATH = folders.filter((folder) => !folder.includes("node_modules")).join(":");
  return { ...Object.fromEntries(own), PATH };
}

function wholeEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env);
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? ""]));
}
