import { z } from "zod";

export const TWO_FACTOR_PATH = "/api/v1/account/two-factor";

export const twoFactor = z.object({
  isOn: z.boolean(),
  since: z.iso.datetime().optional(),
  recoveryCodesLeft: z.int(),
});

/** For an authenticator app, this once. Nothing changes until a code of it is shown. */
export const twoFactorSecret = z.object({
  secret: z.string().describe("In base 32, for typing"),
  uri: z.string().describe("otpauth://…, for a QR code"),
});

export const twoFactorCode = z.strictObject({
  code: z.string().min(6).max(64).describe("Of the app, or a recovery code"),
});

/** Each is good for one login. They are shown this once. */
export const recoveryCodes = z.object({ recoveryCodes: z.array(z.string()) });

export const ORGANIZATION_TWO_FACTOR_PATH = "/api/v1/organizations/:organization/two-factor";

/** Whether an organization asks its people for two-factor login. */
export const organizationTwoFactor = z.object({
  required: z.boolean(),
  without: z.array(z.string()).describe("Members who have none; the first hundred of them"),
});

export const organizationTwoFactorChange = z.strictObject({
  required: z
    .boolean()
    .describe("Whether people without two-factor login have no rights there until they have it"),
});
