import { z } from "zod";
import { checkJsonStructure } from "../../lib/json-structure.ts";
import { printCanonicalJson } from "./canonical-json.ts";
import { keyIdOf, type TufKey } from "./keys.ts";
import {
  BASE_ROLES,
  type BaseRole,
  type DelegatedRole,
  isDelegation,
  isTargetsRole,
  parentOf,
  type Role,
  type TargetsRole,
} from "./roles.ts";
import type { RoleKeys, Signature } from "./signatures.ts";

/** What is wrong with a file of metadata, in a sentence. */
export class MetadataError extends Error {
  override readonly name = "MetadataError";
}

/** What every file says, whatever its role. */
export interface Signed {
  /** The bytes that came: hashes are over these, so nothing is ever written anew. */
  readonly bytes: Buffer;
  /** What is signed, in its canonical form. */
  readonly payload: string;
  readonly signatures: readonly Signature[];
  readonly version: number;
  readonly expires: Date;
}

export interface Root extends Signed {
  readonly roles: Readonly<Record<BaseRole, RoleKeys>>;
}

export interface Delegation extends RoleKeys {
  readonly name: DelegatedRole;
  /** What it may speak of: names that begin so. */
  readonly paths: readonly string[];
}

export interface Target {
  readonly length: number;
  /** Hex; undefined for a target that has another hash only. */
  readonly sha256: string | undefined;
}

export interface Targets extends Signed {
  readonly targets: ReadonlyMap<string, Target>;
  readonly delegations: readonly Delegation[];
}

export interface FileMeta {
  readonly length: number;
  /** base64, by the name of the hash. */
  readonly hashes: Readonly<Record<string, string>>;
}

export interface Listing extends Signed {
  readonly meta: ReadonlyMap<string, FileMeta>;
}

/** Each bounds what one file makes this program do; no client comes near. */
const LIMITS = { maxDepth: 16, maxKeys: 200_000 };
const MOST_SIGNATURES = 64;
const MOST_KEYS = 256;
const MOST_ROLES = 512;

const key = z.object({
  keytype: z.string().max(32),
  keyval: z.object({ public: z.string().max(32 * 1024) }),
});
const keys = z.record(z.string(), key).nullish();
const keyIds = z.array(z.string()).max(MOST_KEYS).nullish();
const hashes = z.record(z.string(), z.string());
const signedFile = z.object({
  signed: z.looseObject({
    _type: z.string(),
    version: z.int(),
    expires: z.string().max(64),
  }),
  signatures: z
    .array(z.object({ keyid: z.string(), method: z.string(), sig: z.string() }))
    .max(MOST_SIGNATURES)
    .nullish(),
});
const rootBody = z.object({
  keys,
  roles: z.record(z.string(), z.object({ keyids: keyIds, threshold: z.int() }).nullable()),
});
const targetsBody = z.object({
  targets: z.record(z.string(), z.object({ length: z.int(), hashes })).nullish(),
  delegations: z
    .object({
      keys,
      roles: z
        .array(
          z.object({
            name: z.string(),
            keyids: keyIds,
            threshold: z.int(),
            paths: z.array(z.string()).nullish(),
          }),
        )
        .max(MOST_ROLES)
        .nullish(),
    })
    .nullish(),
});
const listingBody = z.object({
  meta: z.record(z.string(), z.object({ length: z.int(), hashes })),
});

const TYPES: Readonly<Record<BaseRole, string>> = {
  root: "Root",
  targets: "Targets",
  snapshot: "Snapshot",
  timestamp: "Timestamp",
};

/** What a file says about itself, before anybody looks whether it may. Throws {@link MetadataError}. */
export function parseVersion(bytes: Buffer): number {
  return readFile(bytes).signed.version;
}

export function parseRoot(bytes: Buffer): Root {
  const { signed, body } = parseSigned(bytes, "root", rootBody);
  const known = toKeys(body.keys);
  const roles = Object.fromEntries(
    BASE_ROLES.map((role) => [role, toRoleKeys(known, role, body.roles[role])]),
  ) as Record<BaseRole, RoleKeys>;
  return { ...signed, roles };
}

export function parseTargets(bytes: Buffer, role: TargetsRole): Targets {
  const { signed, body } = parseSigned(bytes, role, targetsBody);
  const targets = new Map(
    Object.entries(body.targets ?? {}).map(([name, { length, hashes: ofFile }]) => [
      name,
      { length, sha256: toHex(ofFile.sha256) },
    ]),
  );
  const known = toKeys(body.delegations?.keys);
  const delegations = (body.delegations?.roles ?? []).map(({ name, paths, ...rest }) => {
    if (!isDelegation(name) || parentOf(name) !== role)
      throw new MetadataError(`${role} cannot delegate to ${JSON.stringify(name.slice(0, 80))}`);
    return { name, paths: paths ?? [], ...toRoleKeys(known, name, rest) };
  });
  // Whoever walks them would walk all that is below once for each repetition, on each level.
  if (new Set(delegations.map(({ name }) => name)).size < delegations.length)
    throw new MetadataError(`${role} delegates twice to the same role`);
  return { ...signed, targets, delegations };
}

export function parseListing(bytes: Buffer, role: "snapshot" | "timestamp"): Listing {
  const { signed, body } = parseSigned(bytes, role, listingBody);
  return { ...signed, meta: new Map(Object.entries(body.meta)) };
}

function parseSigned<Body extends z.ZodType>(bytes: Buffer, role: Role, schema: Body) {
  const { signed, signatures } = readFile(bytes);
  const type = TYPES[isTargetsRole(role) ? "targets" : role];
  if (signed._type !== type) throw new MetadataError(`the file for ${role} is no ${type}`);
  if (signed.version < 1) throw new MetadataError(`the version of ${role} is below 1`);
  const parsed = schema.safeParse(signed);
  if (!parsed.success)
    throw new MetadataError(`the file for ${role} is incomplete: ${describe(parsed.error)}`);
  return {
    body: parsed.data,
    signed: {
      bytes,
      payload: toPayload(signed, role),
      signatures: (signatures ?? []).map(({ keyid, method, sig }) => ({
        keyId: keyid,
        method: method.toLowerCase(),
        bytes: Buffer.from(sig, "base64"),
      })),
      version: signed.version,
      expires: toDate(signed.expires, role),
    },
  };
}

function readFile(bytes: Buffer): z.infer<typeof signedFile> {
  const text = bytes.toString("utf8");
  let value: unknown;
  try {
    checkJsonStructure(text, LIMITS);
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "unreadable";
    throw new MetadataError(`the file is no JSON: ${reason}`, { cause });
  }
  const parsed = signedFile.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new MetadataError(`the file is no signed metadata: ${describe(parsed.error)}`);
}

function toPayload(signed: unknown, role: Role): string {
  try {
    return printCanonicalJson(signed);
  } catch (cause) {
    throw new MetadataError(`the file for ${role} has no canonical form`, { cause });
  }
}

function toDate(text: string, role: Role): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new MetadataError(`${role} expires at no time`);
  return date;
}

function toKeys(listed: z.infer<typeof keys>): ReadonlyMap<string, TufKey> {
  const entries = Object.entries(listed ?? {});
  if (entries.length > MOST_KEYS) throw new MetadataError(`more than ${MOST_KEYS} keys`);
  return new Map(
    entries.map(([id, { keytype, keyval }]) => {
      const found = { type: keytype, public: keyval.public };
      if (keyIdOf(found) !== id) throw new MetadataError(`a key is not what its id ${id} says`);
      return [id, { id, ...found }];
    }),
  );
}

function toRoleKeys(
  known: ReadonlyMap<string, TufKey>,
  role: Role,
  listed: { keyids?: readonly string[] | null | undefined; threshold: number } | null | undefined,
): RoleKeys {
  if (listed === null || listed === undefined)
    throw new MetadataError(`the role ${role} is missing`);
  const { keyids, threshold } = listed;
  if (threshold < 1) throw new MetadataError(`the role ${role} has an invalid threshold`);
  const found = [...new Set(keyids ?? [])].map((id) => {
    const one = known.get(id);
    if (one === undefined) throw new MetadataError(`the key ${id} of ${role} is missing`);
    return one;
  });
  return { keys: found, threshold };
}

function toHex(base64: string | undefined): string | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, "base64").toString("hex");
}

function describe({ issues: [first] }: z.ZodError): string {
  return `${first?.path.join(".") ?? ""} ${first?.message ?? ""}`.trim();
}
