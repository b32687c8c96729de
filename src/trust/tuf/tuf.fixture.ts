import { execFileSync } from "node:child_process";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { printCanonicalJson } from "./canonical-json.ts";
import { checkUpdate } from "./check-update.ts";
import { toFileMeta } from "./file-meta.ts";
import { keyIdOf, type TufKey, toKeyDocument, toTufKey } from "./keys.ts";
import type { Role } from "./roles.ts";
import { type SigningKey, signText } from "./signatures.ts";

export const GUN = "docker.com/notary";
export const NOW = new Date("2026-11-28T12:00:00Z");
const LATER = "2030-01-01T00:00:00Z";

export interface RoleWords {
  keyids: string[];
  threshold: number;
}

interface Delegated extends RoleWords {
  name: string;
  paths: string[];
}

/** What is signed, as a client builds it: tests change it as they like before they sign. */
interface Words {
  _type: string;
  version: number;
  expires: string;
  keys?: Record<string, unknown>;
  roles?: Record<string, RoleWords>;
  targets?: Record<string, { length: number; hashes: Record<string, string> }>;
  delegations?: { keys: Record<string, unknown>; roles: Delegated[] };
  meta?: Record<string, { length: number; hashes: Record<string, string> }>;
}

export function makeKey(type: "ecdsa" | "ed25519" = "ed25519"): SigningKey {
  const { publicKey, privateKey } =
    type === "ecdsa"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("ed25519");
  return { key: toTufKey(publicKey), privateKey };
}

/** A key with a certificate, as root keys are. Made by openssl, since Node makes none. */
export function makeRootKey(
  commonName = GUN,
  options: readonly string[] = ["-days", "3650"],
): SigningKey {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { privateKey, key: certify(privateKey, commonName, options) };
}

function certify(privateKey: KeyObject, commonName: string, options: readonly string[]): TufKey {
  const home = mkdtempSync(join(tmpdir(), "root-key-"));
  try {
    const path = join(home, "key.pem");
    writeFileSync(path, privateKey.export({ format: "pem", type: "pkcs8" }));
    const subject = `/CN=${commonName.replaceAll("/", "\\/")}`;
    const args = ["req", "-x509", "-key", path, "-subj", subject, ...options];
    const leaf = ["-addext", "basicConstraints=critical,CA:FALSE"];
    const pem = execFileSync("openssl", [...args, ...(options.includes("-addext") ? [] : leaf)]);
    const key = { type: "ecdsa-x509", public: pem.toString("base64") };
    return { id: keyIdOf(key), ...key };
  } finally {
    rmSync(home, { recursive: true });
  }
}

export function sign(words: Words, ...signers: readonly SigningKey[]): Buffer {
  const payload = printCanonicalJson(words);
  const signatures = signers.map((signer) => signText(payload, signer));
  return Buffer.from(JSON.stringify({ signed: words, signatures }));
}

export function asWords({ key }: SigningKey): Record<string, unknown> {
  return { [key.id]: toKeyDocument(key) };
}

export function asRole(...keys: readonly SigningKey[]): RoleWords {
  return { keyids: keys.map(({ key }) => key.id), threshold: 1 };
}

const KNOWN_ROOT = makeRootKey();

/** A repository as a client initialises it: everything signed, nothing in it. */
export class Repository {
  readonly keys = {
    root: KNOWN_ROOT,
    targets: makeKey("ecdsa"),
    snapshot: makeKey(),
    timestamp: makeKey(),
  };
  readonly root: Words;
  readonly targets: Words = { _type: "Targets", version: 1, expires: LATER, targets: {} };
  snapshotVersion = 1;

  constructor(rootKey: SigningKey = KNOWN_ROOT) {
    this.keys.root = rootKey;
    const all = Object.values(this.keys);
    this.root = {
      ...{ _type: "Root", version: 1, expires: LATER },
      keys: Object.assign({}, ...all.map(asWords)),
      roles: {
        root: asRole(this.keys.root),
        targets: asRole(this.keys.targets),
        snapshot: asRole(this.keys.snapshot),
        timestamp: asRole(this.keys.timestamp),
      },
    };
  }

  roleOf(role: string): RoleWords {
    const found = this.root.roles?.[role];
    if (found === undefined) throw new Error(`there is no ${role}`);
    return found;
  }

  /** A key that the server made and keeps. */
  nameServerKey(role: "snapshot" | "timestamp", key: Omit<TufKey, "id">): void {
    const id = keyIdOf(key);
    Object.assign(this.root.keys ?? {}, { [id]: toKeyDocument(key) });
    this.roleOf(role).keyids = [id];
  }

  /** Another root, for these keys. */
  rotateRoot(...keys: readonly SigningKey[]): void {
    this.root.version += 1;
    Object.assign(this.root.keys ?? {}, ...keys.map(asWords));
    this.roleOf("root").keyids = keys.map(({ key }) => key.id);
  }

  addDelegation(name: string, ...keys: readonly SigningKey[]): void {
    this.targets.delegations ??= { keys: {}, roles: [] };
    Object.assign(this.targets.delegations.keys, ...keys.map(asWords));
    this.targets.delegations.roles.push({ name, paths: [""], ...asRole(...keys) });
  }

  signRoot(...signers: readonly SigningKey[]): Buffer {
    return sign(this.root, ...(signers.length === 0 ? [this.keys.root] : signers));
  }

  signTargets(...signers: readonly SigningKey[]): Buffer {
    return sign(this.targets, ...(signers.length === 0 ? [this.keys.targets] : signers));
  }

  /** A snapshot of these files. */
  signSnapshot(files: Readonly<Record<string, Buffer>>, ...signers: readonly SigningKey[]): Buffer {
    const meta = Object.fromEntries(
      Object.entries(files).map(([role, bytes]) => [role, toFileMeta(bytes)]),
    );
    const words = { _type: "Snapshot", version: this.snapshotVersion, expires: LATER, meta };
    return sign(words, ...(signers.length === 0 ? [this.keys.snapshot] : signers));
  }

  signTimestamp(snapshot: Buffer, version = 1): Buffer {
    const meta = { snapshot: toFileMeta(snapshot) };
    return sign({ _type: "Timestamp", version, expires: LATER, meta }, this.keys.timestamp);
  }

  /** All four files, as they are now. */
  signAll() {
    const root = this.signRoot();
    const targets = this.signTargets();
    const snapshot = this.signSnapshot({ root, targets });
    return { root, targets, snapshot, timestamp: this.signTimestamp(snapshot) };
  }
}

export type Files = Readonly<Record<string, Buffer>>;

/** What the server makes of an update: by role. */
export function update(
  files: Files,
  around: {
    readonly stored?: Files;
    readonly held?: readonly SigningKey[];
    readonly gun?: string;
    readonly now?: Date;
    readonly find?: (role: Role) => Buffer | undefined;
  } = {},
): ReadonlyMap<Role, { readonly version: number; readonly bytes: Buffer }> {
  const { stored = {}, held = [], gun = GUN, now = NOW } = around;
  const checked = checkUpdate({
    ...{ gun, now },
    files: new Map(Object.entries(files)) as ReadonlyMap<Role, Buffer>,
    stored: around.find ?? ((role) => stored[role]),
    held: new Map(held.map((one) => [one.key.id, one])),
  });
  return new Map(checked.map(({ role, ...file }) => [role, file]));
}

/** The name of the refusal, and its sentence. */
export function refusalOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    const { fault, name, message } = error as Error & { fault?: string };
    return `${fault ?? name}: ${message}`;
  }
  return "nothing was refused";
}

/** The signed part of a file. */
export function wordsOf(bytes: Buffer | undefined): Words {
  return (JSON.parse((bytes ?? Buffer.of()).toString()) as { signed: Words }).signed;
}
