import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { access, constants, readFile } from "node:fs/promises";
import { createServer, isIPv4 } from "node:net";
import { getuid } from "node:process";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import type { Builder, BuilderCheck, BuilderProbe } from "../builder.ts";
import { check, checkBuild, checkTools, TRIAL_LIMITS } from "../builder-checks.ts";
import { findBuildUser } from "./build-user.ts";
import { openControlGroup } from "./control-group.ts";
import { findGroupHost } from "./group-host.ts";
import { ownAddresses, spawnSandbox } from "./sandbox.ts";

const run = promisify(execFile);
const PACKAGES = "apt-get install buildah git iptables runc slirp4netns uidmap";
const TUN = "/dev/net/tun";
const TRIAL_MS = 20_000;
const NOT_REFUSED = "this machine does not refuse builds";

/** Debian 13's crun refuses some machines that runc does not. */
export async function findRuntime(): Promise<string> {
  return await run("runc", ["--version"]).then(
    () => "runc",
    () => "crun",
  );
}

/** Tries everything out. `contained` is said only where a build ran, was held to its limits and reached nothing of this machine. */
export async function probeSandbox(
  builder: Pick<Builder, "build" | "clear">,
  denied: readonly string[],
): Promise<BuilderProbe> {
  const programs = [
    ...(await checkTools(["git", "buildah", "slirp4netns", "iptables", "unshare"])),
    await check("newuidmap", async () => firstLine(await run("which", ["newuidmap"]))),
    await check("runc or crun", async () =>
      firstLine(await run(await findRuntime(), ["--version"])),
    ),
  ];
  const needed = [
    ...programs,
    await check("a user for builds", describeUser),
    await check(TUN, describeTun),
    await check("user namespaces", describeNamespaces),
  ];
  const limits = await check("limits", describeLimits);
  const isReady = needed.every(({ isFine }) => isFine);
  const trials = isReady
    ? [await checkBuild(builder), await check("the network of builds", () => tryNetwork(denied))]
    : [];
  const isFine = isReady && trials.every((one) => one.isFine);
  return {
    ...{ isFine, checks: [...needed, ...trials, limits] },
    level: isFine && limits.isFine ? "contained" : "trusted",
    features: new Set([
      ...(["caching", "secrets", "targets", "platforms", "filtered-network"] as const),
      ...(limits.isFine ? (["limits"] as const) : []),
    ]),
    why: describeWhy(programs, [...needed, ...trials, limits]),
  };
}

/** Packages bring programs alone: whatever else is missing says by itself what to do. */
export function describeWhy(
  programs: readonly BuilderCheck[],
  others: readonly BuilderCheck[],
): string | undefined {
  if (programs.some(({ isFine }) => !isFine)) return PACKAGES;
  return others.find(({ isFine }) => !isFine)?.detail;
}

function firstLine({ stdout }: { readonly stdout: string }): string {
  return stdout.split("\n")[0] ?? "";
}

async function describeUser(): Promise<string> {
  const user = await findBuildUser();
  if (user !== undefined) return `berth-build, ${user.uid}`;
  const { stdout } = await run("id", ["--user", "--name"]);
  const name = stdout.trim();
  const subids = await readFile("/etc/subuid", "utf8").catch(() => "");
  if (subids.split("\n").some((line) => line.startsWith(`${name}:`))) return name;
  throw new Error(
    `${name} has no subordinate users: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${name}`,
  );
}

/** Root makes itself a way to it; others have to be let. */
async function describeTun(): Promise<string> {
  const need = getuid?.() === 0 ? constants.F_OK : constants.R_OK | constants.W_OK;
  await access(TUN, need).catch((cause: unknown) => {
    throw new Error(`builds have no network without it: modprobe tun, and chmod 0666 ${TUN}`, {
      cause,
    });
  });
  return "there";
}

async function describeNamespaces(): Promise<string> {
  const read = async (name: string) =>
    (await readFile(`/proc/sys/${name}`, "utf8").catch(() => "")).trim();
  if ((await read("kernel/unprivileged_userns_clone")) === "0")
    throw new Error("sysctl -w kernel.unprivileged_userns_clone=1");
  if ((await read("kernel/apparmor_restrict_unprivileged_userns")) === "1")
    throw new Error("sysctl -w kernel.apparmor_restrict_unprivileged_userns=0");
  if ((await read("user/max_user_namespaces")) === "0")
    throw new Error("sysctl -w user.max_user_namespaces=10000");
  return "allowed";
}

async function describeLimits(): Promise<string> {
  const host = await findGroupHost();
  const group = await openControlGroup(host, randomUUID(), TRIAL_LIMITS);
  try {
    if (group.kind === "none")
      throw new Error(
        "no limit of memory, processors and processes holds for builds: run the hub as root, or where there is systemd",
      );
    const [command = "true", ...args] = [...group.prefix, "true"];
    await run(command, args, { timeout: TRIAL_MS });
    return `of memory, processors and processes by ${group.kind}; of time, disk and output by the hub`;
  } finally {
    await group.close();
  }
}

/**
 * A service of this machine, which a build must not reach: by the address that slirp4netns has for it, nor by its own. What is denied
 * beside is not visited, for it is of others: the kernel is asked for its rules. IPv6 is refused as a whole.
 */
async function tryNetwork(denied: readonly string[]): Promise<string> {
  let visits = 0;
  const server = createServer((socket) => {
    visits += 1;
    socket.destroy();
  });
  server.listen(0);
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const group = await openControlGroup(await findGroupHost(), randomUUID(), TRIAL_LIMITS);
  try {
    const own = ownAddresses().filter((one) => isIPv4(one));
    const targets = new Set(["10.0.2.2", "169.254.169.254", ...own]);
    const refused = denied.filter((one) => isIPv4(one.split("/")[0] ?? ""));
    const child = spawnSandbox({
      command: [
        ...[...targets].map(
          (host) =>
            `if timeout 2 bash -c '</dev/tcp/${host}/${port}' 2>/dev/null; then echo open; fi`,
        ),
        ...refused.map(
          (one) =>
            `iptables -C OUTPUT -d ${one} -j REJECT 2>/dev/null || echo "${NOT_REFUSED} ${one}"`,
        ),
        "echo tried",
      ].join("\n"),
      ...{ shown: [], network: "filtered", denied, user: await findBuildUser(), group },
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), TRIAL_MS);
    const printed = child.stdout === null ? "" : await text(child.stdout);
    clearTimeout(timer);
    if (!printed.includes("tried")) throw new Error(printed.trim() || "it could not be tried out");
    if (visits > 0 || printed.includes("open"))
      throw new Error("builds reach services of this machine");
    if (printed.includes(NOT_REFUSED)) throw new Error(printed.trim().split("\n")[0]);
    const others = denied.map((one) => ` nor ${one}`).join("");
    return `nothing of this machine is reached${others === "" ? "" : `,${others}`}`;
  } finally {
    server.close();
    await group.close();
  }
}
