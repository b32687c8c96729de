import { type ChildProcess, spawn } from "node:child_process";
import { networkInterfaces } from "node:os";
import type { BuildUser } from "./build-user.ts";
import type { ControlGroup } from "./control-group.ts";
import { MIDDLE, OUTER, printInner } from "./stages.ts";

/** Something of the machine that is shown to a build, as `/NAME`; a secret as `/secrets/NAME`. */
export interface Shown {
  readonly mode: "ro" | "rw" | "secret";
  readonly path: string;
  readonly name: string;
}

export interface SandboxOrder {
  /** A shell script, run as root of the sandbox. */
  readonly command: string;
  readonly shown: readonly Shown[];
  readonly network: "none" | "filtered";
  /** What is refused beside what is always. */
  readonly denied: readonly string[];
  readonly user: BuildUser | undefined;
  readonly group: ControlGroup;
}

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Kill it, or let the hub die, and all that runs in it is gone. */
export function spawnSandbox(order: SandboxOrder): ChildProcess {
  const { user, group, shown } = order;
  const users = user === undefined ? ["--user", "--map-auto", "--map-root-user"] : [];
  return spawn(
    "setpriv",
    [
      ...["--pdeathsig", "KILL", ...group.prefix],
      ...["unshare", ...users, "--mount", "--pid", "--mount-proc", "--fork", "--kill-child=KILL"],
      ...["--", "sh", "-c", OUTER, "berth"],
      ...shown.flatMap(({ mode, path, name }) => [mode, path, name]),
    ],
    {
      env: {
        ...{ PATH, LC_ALL: "C.UTF-8", HOME: "/run/home", XDG_RUNTIME_DIR: "/run" },
        ...{
          MIDDLE,
          INNER: printInner([...ownAddresses(), ...order.denied]),
          COMMAND: order.command,
          NETWORK: order.network,
        },
        GROUPS_TO_JOIN: group.folders.join(" "),
        BUILD_USER: user === undefined ? "" : String(user.uid),
        BUILD_GROUP: user === undefined ? "" : String(user.gid),
        // Who is root in a user namespace: buildah makes none of its own, and runc leaves control groups alone.
        ...{ _CONTAINERS_USERNS_CONFIGURED: "done", USER: "build", TMPDIR: "/store/tmp" },
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
}

/** Of this machine, as it knows them: not the one that a router in front of it has. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((found) =>
    (found ?? []).map(({ address }) => address),
  );
}
