import { chmod, lstat, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isMissing } from "../../lib/file-error.ts";
import { BuildFailed } from "../builder/build-failed.ts";
import { resolveWithin } from "../builder/source-path.ts";

/** In the order in which they run; those between them replace what the hub does. */
const HOOKS = [
  ...(["post_checkout", "pre_build", "post_build", "pre_test", "post_test"] as const),
  ...(["pre_push", "post_push"] as const),
];
export type Hook = (typeof HOOKS)[number];

const REPLACING = ["build", "test", "push"];
const TEST_FILE = /\.test\.ya?ml$/;
const TESTS_MOST = 10;

/** What a repository brings along for its builds, beside its Dockerfile: where Docker Hub looks for it. */
export interface Brought {
  /** Below the source. */
  readonly folder: string;
  readonly hooks: readonly Hook[];
  /** Names of files. */
  readonly tests: readonly string[];
}

/** Throws BuildFailed for hooks that take the place of a build, a test or a push. */
export async function findBrought(source: string, dockerfile: string): Promise<Brought> {
  const folder = dirname(dockerfile);
  const hooks: Hook[] = [];
  for (const hook of HOOKS) if (await isFile(source, join(folder, "hooks", hook))) hooks.push(hook);
  for (const name of REPLACING)
    if (await isFile(source, join(folder, "hooks", name)))
      throw new BuildFailed(
        `hooks/${name} would take the place of what the hub does, by the command docker: that is not supported. Remove it, or have hooks left alone (--no-hooks)`,
      );
  const names = await readdir(await resolveWithin(source, folder));
  const tests = names.filter((name) => TEST_FILE.test(name)).toSorted();
  if (tests.length > TESTS_MOST)
    throw new BuildFailed(`there are more than ${TESTS_MOST} files of tests (*.test.yml)`);
  return { folder, hooks, tests };
}

/** They are run whatever their modes are. */
export async function makeRunnable(source: string, { folder, hooks }: Brought): Promise<void> {
  for (const hook of hooks)
    await chmod(await resolveWithin(source, join(folder, "hooks", hook)), 0o755);
}

async function isFile(source: string, path: string): Promise<boolean> {
  const found = await lstat(join(source, path)).catch((cause: unknown) => {
    if (isMissing(cause)) return undefined;
    throw cause;
  });
  if (found === undefined) return false;
  // Neither it nor a folder above leads out of the repository.
  return (await lstat(await resolveWithin(source, path))).isFile();
}
