import { chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.ts";
import { USER } from "./image-config.ts";

/** What Node and the launcher need, and nothing that could be broken into: no package manager, no setuid program. */
const PACKAGES = [
  "base-files",
  "busybox-static",
  "ca-certificates",
  "libc6",
  "libgcc-s1",
  "libstdc++6",
  "netbase",
  "tzdata",
];

/** The tools of busybox that launchers, health checks and people looking around inside a container call. */
const TOOLS =
  "awk basename cat cut date df dirname du chmod chown echo env find grep head hostname id kill ls mkdir mv nc ping ps pwd readlink rm sed sh sleep sort stat tail tar tee test touch tr uname wc wget which whoami xargs";

const UNNEEDED = [
  "usr/share/doc",
  "usr/share/man",
  "usr/share/info",
  "usr/share/locale",
  "usr/share/lintian",
];

/**
 * Unpacks the packages of the Debian this runs on into `root`: a base image where none can be pulled. Unpacking needs no root,
 * as every file belongs to root inside the layer whoever unpacked it.
 */
export async function unpackBase(root: string, workDirectory: string): Promise<void> {
  const packages = await downloadPackages(workDirectory);
  await mkdir(join(root, "var/lib/dpkg/status.d"), { recursive: true });
  for (const file of packages) {
    run("dpkg-deb", ["--extract", file, root]);
    await recordPackage(root, file);
  }
  for (const path of UNNEEDED) await rm(join(root, path), { recursive: true, force: true });
  await trustAuthorities(root);
  await writeAccounts(root);
  await mkdir(join(root, "tmp"), { recursive: true });
  await chmod(join(root, "tmp"), 0o1777);
  for (const tool of TOOLS.split(" ")) await symlink("busybox", join(root, "bin", tool));
}

/** With lists and caches of its own, so that the machine's package state is neither needed nor changed. */
async function downloadPackages(directory: string): Promise<string[]> {
  const state = join(directory, "apt");
  await mkdir(join(state, "lists/partial"), { recursive: true });
  await mkdir(join(state, "archives/partial"), { recursive: true });
  const options = [`Dir::State=${state}`, "Dir::State::status=/dev/null", `Dir::Cache=${state}`];
  const words = [...options, "APT::Sandbox::User="].flatMap((option) => ["-o", option]);
  run("apt-get", [...words, "update"]);
  run("apt-get", [...words, "download", ...PACKAGES], directory);
  const names = await readdir(directory);
  return names.filter((name) => name.endsWith(".deb")).map((name) => join(directory, name));
}

/** Scanners find out from these files which packages, with which known flaws, are in an image without dpkg. */
async function recordPackage(root: string, file: string): Promise<void> {
  const control = run("dpkg-deb", ["--field", file]);
  const name = /^Package: (.+)$/m.exec(control)?.[1];
  if (name === undefined) throw new Error(`${file} does not say which package it is`);
  await writeFile(join(root, "var/lib/dpkg/status.d", name), control);
}

async function trustAuthorities(root: string): Promise<void> {
  const directory = join(root, "usr/share/ca-certificates/mozilla");
  const names = (await readdir(directory)).sort();
  const certificates = await Promise.all(names.map((name) => readFile(join(directory, name))));
  await mkdir(join(root, "etc/ssl/certs"), { recursive: true });
  await writeFile(join(root, "etc/ssl/certs/ca-certificates.crt"), Buffer.concat(certificates));
  await rm(directory, { recursive: true });
}

async function writeAccounts(root: string): Promise<void> {
  const { name, id, home } = USER;
  await writeFile(
    join(root, "etc/passwd"),
    `root:x:0:0:root:/root:/sbin/nologin\n${name}:x:${id}:${id}:Berth:${home}:/sbin/nologin\n`,
  );
  await writeFile(join(root, "etc/group"), `root:x:0:\n${name}:x:${id}:\n`);
}
