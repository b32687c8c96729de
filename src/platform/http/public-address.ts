import type { IncomingMessage } from "node:http";
import { BlockList, isIP, type Socket } from "node:net";
import { isHost } from "./host.ts";

export interface PublicAddressOptions {
  /** Where clients reach the hub, when it was told. */
  readonly url: string | undefined;
  /** Addresses and networks (`10.0.0.0/8`) whose X-Forwarded headers are believed. */
  readonly trustedProxies: readonly string[];
}

type Asked = Pick<IncomingMessage, "headers"> & { readonly socket: Pick<Socket, "remoteAddress"> };

export interface PublicAddress {
  /** What to put before a path to get a URL that works for this client; undefined when it named no host. */
  baseUrlOf(request: Asked): string | undefined;
  /** The address of the client, as far back as trusted proxies tell. */
  clientAddressOf(request: Asked): string;
}

/** What a request says about the world in front of the hub, and how much of that is believed. */
export function createPublicAddress(options: PublicAddressOptions): PublicAddress {
  const proxies = toBlockList(options.trustedProxies);
  const fixed = options.url?.replace(/\/+$/, "");
  return { baseUrlOf, clientAddressOf };

  function baseUrlOf(request: Asked): string | undefined {
    if (fixed !== undefined) return fixed;
    const forwarded = isTrusted(addressOf(request)) ? readForwarded(request) : {};
    const { host = request.headers.host, scheme = schemeOf(request) } = forwarded;
    return host !== undefined && isHost(host) ? `${scheme}://${host}` : undefined;
  }

  function clientAddressOf(request: Asked): string {
    let address = addressOf(request);
    const hops = listOf(request.headers["x-forwarded-for"]);
    // From the nearest backwards: the first one that is no proxy of ours is whoever they spoke to. What is said before
    // that comes from there and can be anything.
    for (const hop of hops.reverse()) {
      if (!isTrusted(address) || isIP(hop) === 0) break;
      address = withoutMapping(hop);
    }
    return address;
  }

  function isTrusted(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && proxies.check(address, family === 6 ? "ipv6" : "ipv4");
  }
}

function toBlockList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    const family = isIP(address);
    const longest = family === 6 ? 128 : 32;
    const length = prefix === undefined ? longest : Number(prefix);
    const isLength = Number.isInteger(length) && length >= 0 && length <= longest;
    if (family === 0 || !isLength || prefix === "") {
      throw new Error(`${network} is neither an address nor a network such as 10.0.0.0/8`);
    }
    list.addSubnet(address, length, family === 6 ? "ipv6" : "ipv4");
  }
  return list;
}

function addressOf({ socket }: Asked): string {
  return withoutMapping(socket.remoteAddress ?? "unknown");
}

/** A server that listens on `::` sees 127.0.0.1 as ::ffff:127.0.0.1. */
function withoutMapping(address: string): string {
  return address.toLowerCase().startsWith("::ffff:") && address.includes(".")
    ? address.slice("::ffff:".length)
    : address;
}

function schemeOf({ socket }: Asked): "http" | "https" {
  return "encrypted" in socket && socket.encrypted === true ? "https" : "http";
}

/** What a trusted proxy says, as far as it makes sense. */
function readForwarded({ headers }: Asked): { host?: string; scheme?: "http" | "https" } {
  const host = lastOf(headers["x-forwarded-host"]);
  const scheme = lastOf(headers["x-forwarded-proto"]);
  return {
    ...(host !== undefined && isHost(host) ? { host } : {}),
    ...(scheme === "http" || scheme === "https" ? { scheme } : {}),
  };
}

/** What the nearest proxy added. */
function lastOf(header: string | readonly string[] | undefined): string | undefined {
  return listOf(header).at(-1);
}

function listOf(header: string | readonly string[] | undefined): string[] {
  if (header === undefined) return [];
  const text = typeof header === "string" ? header : header.join(",");
  return text.split(",").map((part) => part.trim());
}
