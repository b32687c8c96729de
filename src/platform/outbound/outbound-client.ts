import { type LookupAddress, lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { Agent, request } from "undici";
import { type AddressRule, createAddressRule } from "./address-rule.ts";

/** The hub does not connect there, whoever asks for it; the sentence is for those who gave the address. */
export class OutboundRefused extends Error {
  override readonly name = "OutboundRefused";
}

/** Nobody answered in time, or not in HTTP. It says no more: what runs on a port is not to be learned from here. */
export class OutboundFailed extends Error {
  override readonly name = "OutboundFailed";

  constructor(options?: ErrorOptions) {
    super("the address could not be reached, or did not answer in time", options);
  }
}

export interface OutboundRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string;
  /** Instead of the client's own. */
  readonly timeoutMs?: number | undefined;
}

export interface OutboundAnswer {
  readonly status: number;
  /** The beginning of it. */
  readonly body: string;
}

export interface OutboundDownload {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
}

export interface OutboundClient extends AsyncDisposable {
  /** Throws OutboundRefused for an address that could never be allowed, without connecting. */
  assertAllowed(url: string): void;
  /** Throws OutboundRefused or OutboundFailed. Redirects are answers like others: they are not followed. */
  post(request: OutboundRequest): Promise<OutboundAnswer>;
  /** The same for what is fetched: it comes as it is read, for as long as the signal lets it. */
  open(request: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
  }): Promise<OutboundDownload>;
}

interface OutboundOptions {
  /** Networks of the operator's that may be reached though they are not public; all: for addresses that the operator gave. */
  readonly allow: readonly string[] | "all";
  readonly timeoutMs?: number;
  readonly lookup?: LookupFunction;
}

const TIMEOUT_MS = 10_000;
const ANSWER_BYTES = 64 * 1024;
/** Ports of services that could be made to do something by a request of HTTP. */
const BAD_PORTS: ReadonlySet<number> = new Set([
  21, 22, 23, 25, 53, 110, 143, 389, 465, 587, 636, 993, 995, 2375, 2379, 3306, 5432, 6379, 9200,
  11211, 27017,
]);
const REFUSED = "this hub does not send to that address: it is not a public one (outbound.allow)";

/**
 * Requests to addresses that users gave. The address of each connection is checked, and the one that was checked is the one
 * that is connected to: a name that means another address a moment later gains nothing.
 */
export function createOutboundClient(options: OutboundOptions): OutboundClient {
  const isTrusted = options.allow === "all";
  const mayReach = options.allow === "all" ? () => true : createAddressRule(options.allow);
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const agent = new Agent({
    connect: { lookup: guard(options.lookup ?? systemLookup, mayReach), timeout: timeoutMs },
    pipelining: 0,
    keepAliveTimeout: 1,
  });
  return {
    assertAllowed: (url) => void parseTarget(url, { mayReach, isTrusted }),
    async post({ url, headers, body, timeoutMs: own }) {
      const target = parseTarget(url, { mayReach, isTrusted });
      try {
        const answer = await request(target, {
          dispatcher: agent,
          method: "POST",
          headers: {
            ...(headers as Record<string, string | string[]>),
            "accept-encoding": "identity",
          },
          body,
          signal: AbortSignal.timeout(own ?? timeoutMs),
        });
        return { status: answer.statusCode, body: await readBeginning(answer.body) };
      } catch (cause) {
        throw isRefusal(cause)
          ? new OutboundRefused(REFUSED, { cause })
          : new OutboundFailed({ cause });
      }
    },
    async open({ url, headers, signal }) {
      const target = parseTarget(url, { mayReach, isTrusted });
      try {
        const answer = await request(target, { dispatcher: agent, method: "GET", headers, signal });
        return { status: answer.statusCode, headers: answer.headers, body: answer.body };
      } catch (cause) {
        signal.throwIfAborted();
        throw isRefusal(cause)
          ? new OutboundRefused(REFUSED, { cause })
          : new OutboundFailed({ cause });
      }
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}

function parseTarget(
  text: string,
  { mayReach, isTrusted }: { readonly mayReach: AddressRule; readonly isTrusted: boolean },
): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw new OutboundRefused("it has to be an address with http or https");
  if (url.username !== "" || url.password !== "")
    throw new OutboundRefused("it must not hold a user name or a password");
  if (!isTrusted && url.port !== "" && BAD_PORTS.has(Number(url.port)))
    throw new OutboundRefused(REFUSED);
  // A number has no name to look up. `127.1`, `0x7f.1` and the like are dotted quads by now.
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isLocal = /(^|\.)localhost\.?$/i.test(host);
  if (isIP(host) !== 0 && !mayReach(host)) throw new OutboundRefused(REFUSED);
  if (isLocal && !mayReach("127.0.0.1")) throw new OutboundRefused(REFUSED);
  return url;
}

class AddressRefused extends Error {
  override readonly name = "AddressRefused";
}

/** Gives the addresses that may be reached to whoever connects, and an error when there are none. */
function guard(lookup: LookupFunction, mayReach: AddressRule): LookupFunction {
  return (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      const addresses = error === null ? toList(found) : [];
      const [first] = addresses;
      // One private address among public ones is a trick, not a choice.
      const isRefused = addresses.some(({ address }) => !mayReach(address));
      if (first === undefined || isRefused) done(error ?? new AddressRefused(host), "", 0);
      else if (options.all) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
}

function toList(found: string | LookupAddress[]): LookupAddress[] {
  return typeof found === "string" ? [{ address: found, family: isIP(found) }] : found;
}

function isRefusal(cause: unknown): boolean {
  const inner = cause instanceof AggregateError ? cause.errors : [cause];
  return inner.some(
    (one) =>
      one instanceof AddressRefused || (one as Error | null)?.cause instanceof AddressRefused,
  );
}

async function readBeginning(
  body: AsyncIterable<Uint8Array> & { destroy(): unknown },
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk.subarray(0, ANSWER_BYTES - bytes));
    bytes += chunk.length;
    if (bytes >= ANSWER_BYTES) break;
  }
  body.destroy();
  return Buffer.concat(chunks).toString("utf8");
}
