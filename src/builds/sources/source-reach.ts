import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { AddressRule } from "../../platform/outbound/index.ts";
import type { SourceAddress } from "../git/source-address.ts";
import { SourceError } from "../git/source-error.ts";

export type Lookup = (host: string) => Promise<readonly string[]>;

export interface ReachDeps {
  /** Public addresses, and those of networks that the operator named. */
  readonly mayReach: AddressRule;
  readonly isPublic: AddressRule;
  readonly lookup?: Lookup | undefined;
}

export interface Reach {
  readonly addresses: readonly string[];
  /** Within a network that the operator named: his authorities hold there, and plain http does. */
  readonly isNamed: boolean;
}

/** Ports of services that could be made to do something by what git or ssh says. */
const BAD_PORTS: ReadonlySet<number> = new Set([
  21, 23, 25, 53, 110, 143, 389, 465, 587, 636, 993, 995, 2375, 2376, 2379, 3306, 5432, 6379, 9200,
  11211, 27017,
]);
const REFUSED =
  "this hub does not connect there: it is not a public address (an administrator can allow networks by builds.git.allow)";
const LOOKUP_MS = 10_000;

/** What the name means now, if all of it may be reached. Throws SourceError. */
export async function resolveSource(address: SourceAddress, deps: ReachDeps): Promise<Reach> {
  const { host, port, protocol } = address;
  const isOdd = BAD_PORTS.has(port) || (port === 22 && protocol !== "ssh");
  if (isOdd) throw new SourceError(REFUSED);
  const addresses = isIP(host) === 0 ? await find(deps.lookup ?? findAll, host) : [host];
  // One private address among public ones is a trick, not a choice.
  if (!addresses.every((one) => deps.mayReach(one))) throw new SourceError(REFUSED);
  const isNamed = addresses.every((one) => !deps.isPublic(one));
  if (protocol === "http" && !isNamed)
    throw new SourceError("without TLS the hub speaks to servers of its own network alone");
  return { addresses, isNamed };
}

async function find(ask: Lookup, host: string): Promise<readonly string[]> {
  try {
    const found = await Promise.race([ask(host), late()]);
    if (found.length > 0) return found;
  } catch (cause) {
    throw new SourceError("the name of the server is not known", { cause });
  }
  throw new SourceError("the name of the server is not known");
}

async function late(): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  setTimeout(() => reject(new Error("no answer in time")), LOOKUP_MS).unref();
  return await promise;
}

async function findAll(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}
