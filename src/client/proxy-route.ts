import { BlockList, isIP } from "node:net";

type Environment = Readonly<Record<string, string | undefined>>;

/** How this machine gets to a host, by the variables that docker, podman and their kin obey. */
export type ProxyRoute =
  | { readonly kind: "direct"; readonly because?: string }
  | { readonly kind: "proxy"; readonly proxy: URL; readonly variable: string };

/** As Go's programs decide it: loopback never takes a proxy, and NO_PROXY holds hosts, domains, addresses and networks. */
export function findProxyRoute(url: URL, environment: Environment): ProxyRoute {
  const scheme = url.protocol === "https:" ? "HTTPS" : "HTTP";
  const variable = [`${scheme}_PROXY`, `${scheme.toLowerCase()}_proxy`].find(
    (name) => environment[name],
  );
  if (variable === undefined) return { kind: "direct" };
  if (isLoopback(url.hostname))
    return { kind: "direct", because: `${variable} is not for loopback` };
  const exemption = listExemptions(environment).find((entry) => isExempt(entry, url));
  if (exemption !== undefined)
    return { kind: "direct", because: `NO_PROXY exempts it by "${exemption}"` };
  const text = environment[variable] ?? "";
  const proxy = URL.parse(text.includes("://") ? text : `http://${text}`);
  // What cannot be read is what no client can use either: the caller is told by the name of the variable.
  if (proxy === null) throw new Error(`${variable} is not the address of a proxy`);
  return { kind: "proxy", proxy, variable };
}

export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function listExemptions(environment: Environment): readonly string[] {
  const text = environment.NO_PROXY || environment.no_proxy || "";
  return text
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== "");
}

function isExempt(entry: string, url: URL): boolean {
  if (entry === "*") return true;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (entry.includes("/")) return isInNetwork(entry, host);
  const [, name = entry, port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (isIP(entry) === 0 && port !== undefined && port !== portOf(url)) return false;
  const domain = (isIP(entry) === 0 ? name : entry).replace(/^\*?\./, "");
  const isDomainOnly = /^\*?\./.test(name);
  return (host === domain && !isDomainOnly) || (isIP(host) === 0 && host.endsWith(`.${domain}`));
}

export function portOf(url: URL): string {
  return url.port || (url.protocol === "https:" ? "443" : "80");
}

function isInNetwork(entry: string, host: string): boolean {
  const [network = "", bits = ""] = entry.split("/");
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(bits)) return false;
  const kind = family === 6 ? "ipv6" : "ipv4";
  if (Number(bits) > (family === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), kind);
  return list.check(host, kind);
}
