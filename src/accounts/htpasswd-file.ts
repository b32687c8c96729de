import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { verify } from "@node-rs/bcrypt";

/** Salt and hash of nothing anybody types: with the cost of the file, unknown users take as much time as known ones. */
const NOBODYS_SALT_AND_HASH = "CwTycUXWue0Thq9StjUM0uJ8V0m0b3PjQ0X8w7xq9mY1mWJmT0m1K";
const DEFAULT_COST = "10";
const BCRYPT = /^\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}$/;
const CHECK_INTERVAL_MILLISECONDS = 1000;
const REMEMBERED_LIMIT = 10_000;
/** bcrypt looks at no more; a longer password is refused instead of being cut. */
const PASSWORD_BYTES_LIMIT = 72;

/**
 * Users of an Apache htpasswd file (bcrypt only, as registry:2), read again when the file changes. A verified password
 * is remembered, as a salted digest, until then: docker sends it with each of the many requests of a push.
 */
export class HtpasswdFile {
  readonly #path: string;
  readonly #salt = randomBytes(32);
  #hashes: ReadonlyMap<string, string> = new Map();
  #remembered = new Map<string, Buffer>();
  /** Those of the file, each once. */
  #costs: readonly string[] = [];
  #version = "";
  #checkedAt = Number.NEGATIVE_INFINITY;

  constructor(path: string) {
    this.#path = path;
  }

  /** Reads the file if it changed; throws when it cannot be read or has a line that is not `user:bcrypt`. */
  async reload(): Promise<void> {
    this.#checkedAt = performance.now();
    const facts = await stat(this.#path, { bigint: true });
    const version = `${facts.ino}:${facts.size}:${facts.mtimeNs}:${facts.ctimeNs}`;
    if (version === this.#version) return;
    this.#hashes = parseHtpasswd(await readFile(this.#path, "utf8"));
    this.#costs = [...new Set([...this.#hashes.values()].map(costOf))];
    this.#remembered = new Map();
    this.#version = version;
  }

  /** True if the file lists `user` with this password. A file that went bad keeps the last good list. */
  async verify(user: string, password: string): Promise<boolean> {
    await this.#reloadIfDue();
    const proof = this.#prove(user, password);
    const known = this.#remembered.get(user);
    if (known !== undefined && timingSafeEqual(known, proof)) return true;
    const hash = this.#hashes.get(user);
    const fits = Buffer.byteLength(password) <= PASSWORD_BYTES_LIMIT && !password.includes("\0");
    const matches = await verify(fits ? password : "", hash ?? hashOfNobody(this.#costs[0]));
    if (!matches || !fits || hash === undefined) {
      await this.#completeWork(hash);
      return false;
    }
    if (this.#remembered.size >= REMEMBERED_LIMIT) this.#remembered.clear();
    this.#remembered.set(user, proof);
    return true;
  }

  /** The answer without a slow hash, when the password was verified before and the file was looked at just now. */
  verifyRemembered(user: string, password: string): boolean {
    if (performance.now() - this.#checkedAt > CHECK_INTERVAL_MILLISECONDS) return false;
    const known = this.#remembered.get(user);
    return known !== undefined && timingSafeEqual(known, this.#prove(user, password));
  }

  /** A file whose hashes have several costs tells by time who is in it, unless every refusal pays for each. */
  async #completeWork(hash: string | undefined): Promise<void> {
    const done = hash === undefined ? this.#costs[0] : costOf(hash);
    for (const cost of this.#costs) {
      if (cost !== done) await verify("", hashOfNobody(cost));
    }
  }

  async #reloadIfDue(): Promise<void> {
    if (performance.now() - this.#checkedAt <= CHECK_INTERVAL_MILLISECONDS) return;
    try {
      await this.reload();
    } catch {
      // An editor may be half-way through saving the file: the users of a second ago stay in force.
    }
  }

  #prove(user: string, password: string): Buffer {
    return createHash("sha256")
      .update(this.#salt)
      .update(`${user.length}:${user}:`)
      .update(password)
      .digest();
  }
}

function costOf(hash: string): string {
  return hash.slice(4, 6);
}

function hashOfNobody(cost = DEFAULT_COST): string {
  return `$2b$${cost}$${NOBODYS_SALT_AND_HASH}`;
}

/** The users of an htpasswd file; throws with the line's number when a line is not `user:bcrypt-hash`. */
export function parseHtpasswd(text: string): ReadonlyMap<string, string> {
  const hashes = new Map<string, string>();
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const colon = line.indexOf(":");
    const hash = line.slice(colon + 1);
    if (colon <= 0 || !BCRYPT.test(hash)) {
      throw new Error(
        `line ${index + 1} of the htpasswd file is not user:bcrypt-hash; make it with htpasswd -B`,
      );
    }
    hashes.set(line.slice(0, colon), hash);
  }
  return hashes;
}
