import { access } from "node:fs/promises";
import { getuid } from "node:process";
import type { GroupHost } from "./control-group.ts";

/** This machine's control groups. */
export async function findGroupHost(): Promise<GroupHost> {
  const hasSystemd = await access("/run/systemd/system").then(
    () => true,
    () => false,
  );
  return { root: "/sys/fs/cgroup", hasSystemd, uid: getuid?.() };
}
