import { createHmac, timingSafeEqual } from "node:crypto";

/** What every authenticator app takes (RFC 6238): SHA-1, six digits, 30 seconds. */
const STEP_MS = 30_000;
const DIGITS = 6;
/** A code of the step before or after is taken, for clocks that are not quite right and people who type slowly. */
const WINDOW = 1;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** One time password by counter (RFC 4226, section 5.3). */
export function codeAt(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", secret).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0xf;
  const number = mac.readUInt32BE(offset) & 0x7fff_ffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, "0");
}

export function stepAt(time: Date): number {
  return Math.floor(time.getTime() / STEP_MS);
}

/** The step that the code is of, if it is one of these moments and later than the last one that was used. */
export function findStep(
  secret: Buffer,
  { code, now, after }: { readonly code: string; readonly now: Date; readonly after: number },
): number | undefined {
  const shown = Buffer.from(code);
  const current = stepAt(now);
  for (let step = current - WINDOW; step <= current + WINDOW; step += 1) {
    const expected = Buffer.from(codeAt(secret, step));
    const isRight = shown.length === expected.length && timingSafeEqual(shown, expected);
    if (isRight && step > after) return step;
  }
  return undefined;
}

/** RFC 4648, without padding: how apps want secrets typed. */
export function toBase32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => BASE32[Number.parseInt(group.padEnd(5, "0"), 2)]).join("");
}

/** What apps read from a QR code. The issuer keeps accounts of several hubs apart. */
export function toOtpauth(
  secret: Buffer,
  names: { readonly issuer: string; readonly account: string },
): string {
  const { issuer, account } = names;
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  const parameters = [
    `secret=${toBase32(secret)}`,
    `issuer=${encodeURIComponent(issuer)}`,
    "algorithm=SHA1",
    `digits=${DIGITS}`,
    `period=${STEP_MS / 1000}`,
  ];
  return `otpauth://totp/${label}?${parameters.join("&")}`;
}
