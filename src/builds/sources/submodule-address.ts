import { parseSourceAddress, type SourceAddress } from "../git/source-address.ts";
import { SourceError } from "../git/source-error.ts";

/** Where a submodule lies, if it may be fetched: on the source's own server, or one that was allowed. Throws SourceError. */
export function resolveSubmodule(
  written: string,
  from: {
    /** Of the repository that names it. */
    readonly parent: SourceAddress;
    readonly source: SourceAddress;
    readonly hosts: readonly string[];
  },
): { readonly address: SourceAddress; readonly isOwnServer: boolean } {
  const { parent, source, hosts } = from;
  const isRelative = written.startsWith("./") || written.startsWith("../");
  const address = parseSourceAddress(isRelative ? resolveRelative(written, parent) : written);
  const { protocol, host, port } = address;
  const isOwnServer = host === source.host && protocol === source.protocol && port === source.port;
  if (isOwnServer) return { address, isOwnServer };
  if (!hosts.includes(host) && host !== source.host)
    throw new SourceError(`${host} is none of the hosts that submodules may be fetched from`);
  if (protocol === "ssh")
    throw new SourceError("submodules of other servers are fetched by https alone");
  return { address, isOwnServer };
}

/** As git does, from the address of the repository that names it; not out of its server. */
function resolveRelative(written: string, parent: SourceAddress): string {
  const at = parent.url.indexOf("/", parent.url.indexOf("//") + 2);
  const path = parent.url
    .slice(at + 1)
    .replace(/\/$/, "")
    .split("/");
  let rest = written;
  while (rest.startsWith("./") || rest.startsWith("../")) {
    const isUp = rest.startsWith("../");
    rest = rest.slice(isUp ? 3 : 2);
    if (isUp && path.pop() === undefined)
      throw new SourceError("its address leads out of the server");
  }
  const segments = [...path, ...rest.split("/")];
  if (segments.includes("..")) throw new SourceError("its address leads back on its way");
  return `${parent.url.slice(0, at)}/${segments.join("/")}`;
}
