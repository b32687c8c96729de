import { SourceError } from "./source-error.ts";

/** Where a Git repository lies, as git is told it. */
export interface SourceAddress {
  readonly protocol: "https" | "http" | "ssh";
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

const PORTS = { https: 443, http: 80, ssh: 22 } as const;
/** What people copy from the page of a repository: `git@host:acme/api.git`. */
const SHORT_SSH = /^([A-Za-z0-9_][\w.-]*)@([A-Za-z0-9][A-Za-z0-9.-]*):(?!\/\/)([^:]+)$/;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])$/;
/** Nothing that git, ssh or the shell of a server reads otherwise than as a name. */
const PATH = /^(?:\/~?[A-Za-z0-9_][\w.+~-]*)+\/?$/;
const USER = /^[A-Za-z0-9_][\w.-]*$/;
const LONGEST = 1000;

/** `https://HOST/PATH`, `ssh://USER@HOST/PATH` or `USER@HOST:PATH`. Throws SourceError. */
export function parseSourceAddress(text: string): SourceAddress {
  const url = readUrl(text);
  const protocol = protocolOf(url);
  assertNames(url, protocol);
  const port = url.port === "" ? PORTS[protocol] : Number(url.port);
  // As it was parsed, so that nothing else is spoken to than what was looked at.
  const login = protocol === "ssh" ? `${url.username || "git"}@` : "";
  return {
    ...{ protocol, port, host: url.hostname.replace(/^\[|\]$/g, "") },
    url: `${protocol}://${login}${url.host}${url.pathname}`,
  };
}

function readUrl(text: string): URL {
  const [, user, host, path = ""] = SHORT_SSH.exec(text) ?? [];
  const written = user === undefined ? text : `ssh://${user}@${host}/${path.replace(/^\//, "")}`;
  const url = written.length > LONGEST ? null : URL.parse(written);
  if (url === null) throw new SourceError("write https://HOST/PATH, ssh://USER@HOST/PATH");
  if (url.search !== "" || url.hash !== "")
    throw new SourceError("the address must not hold a ? or #");
  return url;
}

function protocolOf({ protocol }: URL): SourceAddress["protocol"] {
  const name = protocol.slice(0, -1);
  if (name === "https" || name === "http" || name === "ssh") return name;
  throw new SourceError("a Git server is read by https or ssh");
}

function assertNames(url: URL, protocol: SourceAddress["protocol"]): void {
  const { username, password, hostname, pathname } = url;
  if (protocol !== "ssh" && `${username}${password}` !== "")
    throw new SourceError("the address must not hold a name or password: give the token apart");
  if (password !== "" || (username !== "" && !USER.test(username)))
    throw new SourceError("the name before the host cannot be used");
  if (!HOST.test(hostname)) throw new SourceError("the name of the host cannot be used");
  if (!PATH.test(pathname)) throw new SourceError("the path of the address cannot be used");
}
