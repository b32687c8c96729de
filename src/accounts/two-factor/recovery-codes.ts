import { createHash, randomInt } from "node:crypto";

/** Without those that are taken for others. */
const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";
const LENGTH = 16;
const GROUP = 4;
const RECOVERY_CODES = 10;

/** For the day that the phone is gone: sixteen letters, which are 79 random bits. */
export function makeRecoveryCodes(): readonly string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const letters = Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join(
      "",
    );
    return (letters.match(new RegExp(`.{${GROUP}}`, "g")) ?? []).join("-");
  });
}

/** However it was typed. Undefined for what cannot be a recovery code. */
export function hashRecoveryCode(text: string): string | undefined {
  const letters = text.toLowerCase().replace(/[\s-]/g, "");
  if (letters.length !== LENGTH) return undefined;
  return createHash("sha256").update(letters).digest("hex");
}
