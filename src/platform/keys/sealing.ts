import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { link, open, readFile, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { syncDirectory } from "../../lib/durable-file.ts";

/**
 * Encrypts what the hub has to keep and be able to read again, with a key that is not in the database: whoever copies that
 * has nothing. A sealed text opens only in the context that it was sealed for, so nobody moves it to another row.
 */
export interface Sealing {
  seal(text: string, context: string): string;
  /** Throws when it was sealed by another key, for another context, or was changed. */
  unseal(sealed: string, context: string): string;
}

interface SealingKey {
  readonly id: string;
  readonly key: Buffer;
}

const VERSION = "s1";
const KEY_BYTES = 32;
/** AES-256-GCM (NIST SP 800-38D): a random nonce of 96 bits is safe for 2^32 texts of one key. */
const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const FILE_NAME = "sealing.keys";
const LINE = /^([a-z0-9]{8}) ([A-Za-z0-9+/]{43}=)$/;

const SEALED = /^s1\.[a-z0-9]{8}\.[\w-]{16}\.[\w-]{22,}$/;

/** Whether it has the form of a sealed text, for what was kept in the clear before. */
export function isSealed(text: string): boolean {
  return SEALED.test(text);
}

/** Reads the keys of a data folder, and makes the first one where there is none. */
export async function openSealing(folder: string): Promise<Sealing> {
  const path = join(folder, FILE_NAME);
  const text = (await readIfThere(path)) ?? (await makeKeyFile(path));
  return createSealing(parseKeys(text, path));
}

function createSealing(keys: readonly SealingKey[]): Sealing {
  const [newest] = keys;
  if (newest === undefined) throw new Error("there is no key to seal with");
  return { seal, unseal };

  function seal(text: string, context: string): string {
    const { id, key } = newest as SealingKey;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(context));
    const hidden = [cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()];
    return [
      VERSION,
      id,
      nonce.toString("base64url"),
      Buffer.concat(hidden).toString("base64url"),
    ].join(".");
  }

  function unseal(sealed: string, context: string): string {
    const [version, id, nonce = "", rest = ""] = sealed.split(".");
    const key = keys.find((one) => one.id === id)?.key;
    if (version !== VERSION || key === undefined) {
      throw new Error(`no key of ${FILE_NAME} opens this: it was sealed with the key ${id}`);
    }
    const bytes = Buffer.from(rest, "base64url");
    const decipher = createDecipheriv(CIPHER, key, Buffer.from(nonce, "base64url"), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = decipher.update(bytes.subarray(0, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString("utf8");
  }
}

/** The first line is sealed with; the others open what was sealed before. */
function parseKeys(text: string, path: string): readonly SealingKey[] {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const [, id, key] = LINE.exec(line) ?? [];
    if (id !== undefined && key !== undefined) return { id, key: Buffer.from(key, "base64") };
    // Nothing of the line is shown: it may be most of a key.
    throw new Error(`${path} holds a line that is no key`);
  });
}

/**
 * The file is there whole or not at all, whenever the process dies, and is on disk before anything is sealed with it: sealed
 * texts without their key are lost.
 */
async function makeKeyFile(path: string): Promise<string> {
  const line = `${randomBytes(4).toString("hex")} ${randomBytes(KEY_BYTES).toString("base64")}\n`;
  const draft = `${path}.${randomBytes(8).toString("hex")}`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(line);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(draft, path);
  } catch (cause) {
    // Another process was faster: its key is the one.
    if (!hasCode(cause, "EEXIST")) throw cause;
  } finally {
    await unlink(draft);
  }
  await syncDirectory(dirname(path));
  return await readFile(path, "utf8");
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (hasCode(cause, "ENOENT")) return undefined;
    throw cause;
  }
}

function hasCode(cause: unknown, code: string): boolean {
  return (cause as { code?: unknown } | null)?.code === code;
}
