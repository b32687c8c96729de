import { readFile } from "node:fs/promises";
import type { ForwardTarget } from "../activity/index.ts";
import type { Config } from "../platform/config/index.ts";

type Configured = Config["audit"]["forward"][number];

/** What the configuration means for whoever forwards. Throws when a file of authorities cannot be read. */
export async function toForwardTargets(
  configured: readonly Configured[],
): Promise<readonly ForwardTarget[]> {
  return await Promise.all(configured.map(toTarget));
}

async function toTarget(one: Configured): Promise<ForwardTarget> {
  if (one.kind === "http") {
    const { kind, name, start, url, headers, secret, batch } = one;
    return { kind, name, start, url, headers, secret, batch };
  }
  const { kind, name, start, address } = one;
  const [, transport = "", host = "", port = ""] = /^(\w+):\/\/(.+):(\d+)$/.exec(address) ?? [];
  return {
    kind,
    name,
    start,
    transport: transport as "udp" | "tcp" | "tls",
    host: host.replace(/^\[(.*)\]$/, "$1"),
    port: Number(port),
    ca: one.ca === undefined ? undefined : await readFile(one.ca, "utf8"),
  };
}
