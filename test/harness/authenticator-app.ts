import { codeAt, stepAt } from "../../src/accounts/two-factor/totp.ts";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The app on somebody's phone: reads the address that the hub gives, and shows codes. */
export function readOtpauth(uri: string): { codeAt(time: number): string } {
  const { searchParams } = new URL(uri);
  const letters = [...(searchParams.get("secret") ?? "")];
  const bits = letters
    .map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, "0"))
    .join("");
  const bytes = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  const secret = Buffer.from(bytes);
  return { codeAt: (time) => codeAt(secret, stepAt(new Date(time))) };
}
