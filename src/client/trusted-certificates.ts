import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { getCACertificates } from "node:tls";

type Environment = Readonly<Record<string, string | undefined>>;

export interface TrustedCertificates {
  /** PEM: of the system, and of what was put aside for this one registry. */
  readonly ca: readonly string[];
  /** The files of this registry's own, as docker and podman look for them. */
  readonly files: readonly string[];
}

/** Where docker and podman look for the authority of one registry. */
function certificateDirectories(host: string, environment: Environment): readonly string[] {
  const home = environment.HOME ?? homedir();
  return [
    join("/etc/docker/certs.d", host),
    join(home, ".config/docker/certs.d", host),
    join("/etc/containers/certs.d", host),
    join(home, ".config/containers/certs.d", host),
  ];
}

/** What the container tools of this machine trust for a registry: the system's authorities, and its own. */
export async function readTrustedCertificates(
  host: string,
  environment: Environment,
): Promise<TrustedCertificates> {
  const files: string[] = [];
  for (const directory of certificateDirectories(host, environment)) {
    const names = await readdir(directory).catch(() => []);
    files.push(
      ...names.filter((name) => name.endsWith(".crt")).map((name) => join(directory, name)),
    );
  }
  const own: string[] = [];
  for (const file of files) own.push(await readFile(file, "utf8"));
  return { ca: [...getCACertificates("default"), ...getCACertificates("system"), ...own], files };
}
