const OFFICIAL = "library/";

/** As people say it: what is the hub's own needs no namespace. */
export function shortName(name: string): string {
  return name.startsWith(OFFICIAL) ? name.slice(OFFICIAL.length) : name;
}

/** The address of a repository's page: `/_/nginx` or `/r/acme/api`. */
export function repositoryPath(name: string): `/${string}` {
  return name.startsWith(OFFICIAL) ? `/_/${shortName(name)}` : `/r/${name}`;
}
