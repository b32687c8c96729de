import {
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  scrypt,
} from "node:crypto";
import { promisify } from "node:util";
import nacl from "tweetnacl";
import { z } from "zod";

/** What cosign writes; as many rounds as it takes. */
const SCRYPT = { N: 65_536, r: 8, p: 1 } as const;
/** A file that asks for more would hold this machine up. */
const MOST_MEMORY = 512 * 1024 * 1024;
const KEY_BYTES = 32;
const LINE = /.{1,64}/g;
const BLOCK = /-----BEGIN ENCRYPTED (?:COSIGN|SIGSTORE) PRIVATE KEY-----([\s\S]+?)-----END/;

const keyFile = z.object({
  kdf: z.object({
    name: z.literal("scrypt"),
    params: z.object({ N: z.int().positive(), r: z.int().positive(), p: z.int().positive() }),
    salt: z.base64(),
  }),
  cipher: z.object({ name: z.literal("nacl/secretbox"), nonce: z.base64() }),
  ciphertext: z.base64(),
});

interface KeyPair {
  /** Encrypted by the passphrase, in cosign's own format. */
  readonly privateKey: string;
  readonly publicKey: string;
}

/** A new key as `cosign generate-key-pair` makes them: ECDSA on the curve P-256. */
export async function generateKeyFiles(passphrase: string): Promise<KeyPair> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  return {
    privateKey: await encryptKey(privateKey, passphrase),
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
}

async function encryptKey(key: KeyObject, passphrase: string): Promise<string> {
  const salt = randomBytes(KEY_BYTES);
  const nonce = randomBytes(nacl.secretbox.nonceLength);
  const secret = await derive(passphrase, salt, SCRYPT);
  const plain = key.export({ type: "pkcs8", format: "der" });
  const file: z.input<typeof keyFile> = {
    kdf: { name: "scrypt", params: SCRYPT, salt: salt.toString("base64") },
    cipher: { name: "nacl/secretbox", nonce: nonce.toString("base64") },
    ciphertext: Buffer.from(nacl.secretbox(plain, nonce, secret)).toString("base64"),
  };
  const text = Buffer.from(JSON.stringify(file)).toString("base64");
  const lines = text.match(LINE) ?? [];
  const name = "ENCRYPTED SIGSTORE PRIVATE KEY";
  return [`-----BEGIN ${name}-----`, ...lines, `-----END ${name}-----`, ""].join("\n");
}

/** A key of cosign's, old or new, or a plain PEM. Throws an Error with a sentence for a wrong passphrase too. */
export async function readPrivateKey(pem: string, passphrase: string): Promise<KeyObject> {
  const [, block] = BLOCK.exec(pem) ?? [];
  if (block === undefined) return createPrivateKey({ key: pem, passphrase });
  const { kdf, cipher, ciphertext } = parseKeyFile(block);
  const secret = await derive(passphrase, Buffer.from(kdf.salt, "base64"), kdf.params);
  const nonce = Buffer.from(cipher.nonce, "base64");
  const plain = nacl.secretbox.open(Buffer.from(ciphertext, "base64"), nonce, secret);
  if (plain === null) throw new Error("the passphrase does not open this key");
  return createPrivateKey({ key: Buffer.from(plain), type: "pkcs8", format: "der" });
}

function parseKeyFile(block: string): z.output<typeof keyFile> {
  try {
    return keyFile.parse(JSON.parse(Buffer.from(block, "base64").toString("utf8")));
  } catch (cause) {
    throw new Error("the key is damaged, or of a format that is not known here", { cause });
  }
}

type Rounds = z.output<typeof keyFile>["kdf"]["params"];
const scryptAsync = promisify<string, Buffer, number, object, Buffer>(scrypt);

async function derive(passphrase: string, salt: Buffer, rounds: Rounds): Promise<Buffer> {
  const { N, r, p } = rounds;
  const memory = 128 * N * r * p;
  if (memory > MOST_MEMORY) throw new Error("the key asks for more memory than is reasonable");
  return await scryptAsync(passphrase, salt, KEY_BYTES, { N, r, p, maxmem: memory + 1024 * 1024 });
}
