import { execFile } from "node:child_process";
import { getuid } from "node:process";
import { promisify } from "node:util";
import { BUILD_USER, MAKE_USER } from "../../src/builds/builder/sandbox/build-user.ts";

const run = promisify(execFile);

/** Whom builds run as where the tests are root, made by the line of the documentation. */
export async function ensureBuildUser(): Promise<void> {
  if (getuid?.() !== 0) return;
  const isThere = () =>
    run("getent", ["passwd", BUILD_USER]).then(
      () => true,
      () => false,
    );
  if (await isThere()) return;
  const [command = "", ...args] = MAKE_USER.split(" ");
  await run(command, args).catch(async (cause: unknown) => {
    // Another test was faster.
    if (!(await isThere())) throw cause;
  });
}
