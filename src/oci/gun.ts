import { isRepositoryName, type RepositoryName } from "./name.ts";

/** What is signed goes by a name that is unique in the world ("GUN"): the repository's as docker writes it, with its host. */
interface GunParts {
  readonly host: string;
  readonly repository: RepositoryName;
}

/** What `notary init https://hub/v2/acme/app/trust/` makes a name of. */
const ADDRESS = /^https:\/\/(?<host>[^/]+)\/v2\/(?<repository>.+)\/trust\/?$/;
const PLAIN = /^(?<host>[^/]+)\/(?<repository>.+)$/;

/** Undefined for what names no repository of any host. */
export function parseGun(gun: string): GunParts | undefined {
  const { host, repository = "" } = (ADDRESS.exec(gun) ?? PLAIN.exec(gun))?.groups ?? {};
  if (host === undefined || !isRepositoryName(repository)) return undefined;
  return { host: host.toLowerCase(), repository };
}

/** The repository here that the name stands for; undefined for names of other hosts. */
export function repositoryOfGun(gun: string, hosts: readonly string[]): RepositoryName | undefined {
  const parts = parseGun(gun);
  return parts !== undefined && hosts.includes(parts.host) ? parts.repository : undefined;
}
