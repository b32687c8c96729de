import { printCanonicalJson } from "./canonical-json.ts";
import type { FileMeta, Listing } from "./metadata.ts";
import type { ServerRole } from "./roles.ts";
import { type RoleKeys, type SigningKey, signText } from "./signatures.ts";

const DAY_MS = 86_400_000;

/** How long what the hub signs holds: what clients read each time for as short as the field does, the other for long. */
const LIFETIME_MS = { timestamp: 14 * DAY_MS, snapshot: 3 * 365 * DAY_MS } as const;
/** Signed anew when no more than this is left of it, so that nobody who reads it sees it expire. */
const RENEW_MS = { timestamp: 2 * DAY_MS, snapshot: 30 * DAY_MS } as const;

const TYPES = { timestamp: "Timestamp", snapshot: "Snapshot" } as const;

export interface MadeFile {
  readonly version: number;
  readonly bytes: Buffer;
}

/** Undefined when the keys that are held here are too few for the role. */
export function makeListing(wish: {
  readonly role: ServerRole;
  readonly meta: Iterable<readonly [string, FileMeta]>;
  readonly previous: Pick<Listing, "version"> | undefined;
  readonly speakers: RoleKeys;
  readonly held: ReadonlyMap<string, SigningKey>;
  readonly now: Date;
}): MadeFile | undefined {
  const { role, speakers, held, now } = wish;
  const signers = speakers.keys
    .map(({ id }) => held.get(id))
    .filter((signer) => signer !== undefined);
  if (signers.length < speakers.threshold) return undefined;
  const version = (wish.previous?.version ?? 0) + 1;
  const signed = {
    _type: TYPES[role],
    expires: new Date(now.getTime() + LIFETIME_MS[role]).toISOString(),
    meta: Object.fromEntries(wish.meta),
    version,
  };
  const payload = printCanonicalJson(signed);
  const signatures = signers.map((signer) => signText(payload, signer));
  return { version, bytes: Buffer.from(JSON.stringify({ signed, signatures })) };
}

export function isDueForRenewal(role: ServerRole, expires: Date, now: Date): boolean {
  return expires.getTime() - now.getTime() <= RENEW_MS[role];
}
