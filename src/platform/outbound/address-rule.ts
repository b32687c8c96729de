import { BlockList, isIP } from "node:net";

/** Networks that are not the internet: this machine, its neighbours, and ways to write them otherwise (RFC 6890). */
const NOT_PUBLIC: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
  ["::", 96],
  // Addresses of version 4 in other clothes: a gateway would take them back to the networks above.
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
];

/** Whether the hub may connect to an address (not a name) at the wish of a user. */
export type AddressRule = (address: string) => boolean;

/** Public addresses, and those of the networks that the operator named. */
export function createAddressRule(allowed: readonly string[]): AddressRule {
  const refused = new BlockList();
  for (const [network, prefix] of NOT_PUBLIC) {
    refused.addSubnet(network, prefix, network.includes(":") ? "ipv6" : "ipv4");
  }
  const exceptions = new BlockList();
  for (const text of allowed) {
    const [network = "", prefix] = text.split("/");
    const family = isIP(network) === 6 ? "ipv6" : "ipv4";
    exceptions.addSubnet(network, Number(prefix ?? (family === "ipv6" ? 128 : 32)), family);
  }
  return (text) => {
    const address = withoutMapping(text);
    const family = isIP(address);
    if (family === 0) return false;
    const name = family === 6 ? "ipv6" : "ipv4";
    return exceptions.check(address, name) || !refused.check(address, name);
  };
}

/** ::ffff:127.0.0.1 is 127.0.0.1, however it is written. */
function withoutMapping(address: string): string {
  const mapped = /^(?:0*:)*:?:ffff:(.+)$/i.exec(address)?.[1];
  if (mapped === undefined) return address;
  if (mapped.includes(".")) return mapped;
  const [high = "0", low = "0"] = mapped.split(":");
  const number = (Number.parseInt(high, 16) << 16) | Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
}
