import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { getuid } from "node:process";
import { promisify } from "node:util";

/** Whom builds run as where the hub is root. */
export const BUILD_USER = "berth-build";
export const MAKE_USER = `useradd --system --add-subids-for-system --no-create-home --shell /usr/sbin/nologin ${BUILD_USER}`;

export interface BuildUser {
  readonly uid: number;
  readonly gid: number;
}

const run = promisify(execFile);

/** Undefined where the hub is nobody special: builds run as the hub's own user. Throws what is missing. */
export async function findBuildUser(): Promise<BuildUser | undefined> {
  if (getuid?.() !== 0) return undefined;
  const found = await run("getent", ["passwd", BUILD_USER]).catch((cause: unknown) => {
    throw new Error(`there is no user ${BUILD_USER} on this machine: ${MAKE_USER}`, { cause });
  });
  const [, , uid, gid] = found.stdout.trim().split(":").map(Number);
  const subids = await readFile("/etc/subuid", "utf8").catch(() => "");
  if (uid === undefined || gid === undefined || !subids.includes(`${BUILD_USER}:`))
    throw new Error(
      `${BUILD_USER} has no subordinate users: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${BUILD_USER}`,
    );
  return { uid, gid };
}
