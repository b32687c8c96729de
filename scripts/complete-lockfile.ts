/**
 * Adds to package-lock.json the optional platform packages that npm left out because the registry at hand does not carry
 * them. `npm ci` compares the lockfile with package.json's whole tree and refuses a lockfile without them, even on machines
 * that would never install them. Run by `npm run lock` after a dependency changed.
 */
import { readFile, writeFile } from "node:fs/promises";

type LockedPackage = {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};
type Lockfile = { packages: Record<string, LockedPackage> };

const LOCKFILE = "package-lock.json";
const PLATFORM =
  /[-/](?<os>aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)-(?<cpu>[a-z0-9]+)-?(?<abi>[a-z]*)/;

const lockfile = JSON.parse(await readFile(LOCKFILE, "utf8")) as Lockfile;
const missing = findMissing(lockfile);
for (const [path, entry] of missing) lockfile.packages[path] = entry;
lockfile.packages = Object.fromEntries(
  Object.entries(lockfile.packages).sort(([a], [b]) => (a < b ? -1 : 1)),
);
await writeFile(LOCKFILE, `${JSON.stringify(lockfile, null, 2)}\n`);
console.log(`${missing.size} platform packages added to ${LOCKFILE}`);

function findMissing({ packages }: Lockfile): Map<string, LockedPackage> {
  const found = new Map<string, LockedPackage>();
  for (const [parent, { dev, optionalDependencies }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies ?? {})) {
      const path = `node_modules/${name}`;
      if (path in packages || `${parent}/${path}` in packages) continue;
      found.set(path, { version, ...(dev && { dev }), optional: true, ...platformOf(name) });
    }
  }
  return found;
}

/** What npm reads from the package itself where it can: without it, npm would try to install the package everywhere. */
function platformOf(name: string): object {
  const { os, cpu, abi } = PLATFORM.exec(name)?.groups ?? {};
  if (os === undefined || cpu === undefined) {
    throw new Error(
      `cannot tell the platform of ${name} from its name; add it to ${LOCKFILE} by hand`,
    );
  }
  const libc = os === "linux" && abi?.startsWith("musl") ? "musl" : "glibc";
  return { os: [os], cpu: [cpu], ...(os === "linux" && { libc: [libc] }) };
}
