import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { verify } from "@node-rs/bcrypt";

const derive = promisify(
  (parameters: Argon2Parameters, done: (error: Error | null, key?: Buffer) => void) =>
    argon2("argon2id", parameters, done),
);

/** OWASP's recommendation for argon2id: 19 MiB, two passes, one lane. About 30 ms. */
const COST = { memory: 19 * 1024, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const ENCODED =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;

/** Hashes are made one after the other per processor: each takes memory, and a flood of logins must not take all of it. */
const AT_ONCE = 2;

/** In the PHC string format that argon2's own tools print. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await deriveKey(password, { ...COST, salt });
  const { memory, passes, parallelism } = COST;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${encode(salt)}$${encode(key)}`;
}

const BCRYPT = /^\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}$/;
/** bcrypt looks at no more; a longer password is refused instead of being cut. */
const BCRYPT_BYTES = 72;

/** Of an htpasswd file, whose users moved over: good until its owner logs in, who gets one of ours then. */
export function isBcrypt(hash: string): boolean {
  return BCRYPT.test(hash);
}

/** As two digits say it: one more takes twice as long. */
export function costOfBcrypt(hash: string): number {
  return Number(hash.slice(4, 6));
}

/** False for a wrong password, and for what is no hash of these kinds. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  if (isBcrypt(hash))
    return Buffer.byteLength(password) <= BCRYPT_BYTES && (await verify(password, hash));
  const [, memory, passes, parallelism, salt, key] = ENCODED.exec(hash) ?? [];
  if (salt === undefined || key === undefined) return false;
  const found = await deriveKey(password, {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, "base64"),
  });
  return timingSafeEqual(found, Buffer.from(key, "base64"));
}

/** A form of hash whose comparisons all take as long: ours, or bcrypt of one cost. */
export type HashKind = "argon2id" | `$2b$${string}$`;

/** Undefined for what is no hash. */
export function kindOf(hash: string): HashKind | undefined {
  if (isBcrypt(hash)) return `$2b$${hash.slice(4, 6)}$`;
  return ENCODED.test(hash) ? "argon2id" : undefined;
}

const NOBODYS_SALT_AND_HASH = "CwTycUXWue0Thq9StjUM0uJ8V0m0b3PjQ0X8w7xq9mY1mWJmT0m1K";

/** Takes as long as a comparison with a hash of this kind, and says nothing. */
export async function pretendToVerify(password: string, kind: HashKind): Promise<void> {
  if (kind === "argon2id") await deriveKey(password, { ...COST, salt: Buffer.alloc(SALT_BYTES) });
  else await verifyPassword(password, `${kind}${NOBODYS_SALT_AND_HASH}`);
}

interface Cost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Buffer;
}

const waiting: (() => void)[] = [];
let running = 0;

async function deriveKey(password: string, { salt, ...cost }: Cost): Promise<Buffer> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    const key = await derive({
      message: Buffer.from(password.normalize("NFC"), "utf8"),
      nonce: salt,
      tagLength: KEY_BYTES,
      ...cost,
    });
    return key as Buffer;
  } finally {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

function encode(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
