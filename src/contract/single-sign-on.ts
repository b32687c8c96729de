import { z } from "zod";

export const PROVIDERS_PATH = "/api/v1/login/providers";
export const COMMAND_LOGIN_PATH = "/api/v1/login/command";
export const OIDC_PATH = "/api/v1/login/oidc";
/** Where the browser asks whether the command is to have the login. */
export const COMMAND_CONSENT_PATH = "/api/v1/login/command/consent";

const machine = z.string().regex(/^[\w. -]{1,64}$/);
const CODE_LETTERS = 8;

/** What the command and the browser's page both show, for a person to compare. Nobody can choose it: it comes of a hash. */
export function comparisonCodeOf(challenge: string): string {
  const letters = challenge.replaceAll(/[^A-Za-z0-9]/g, "").toUpperCase();
  return `${letters.slice(0, CODE_LETTERS / 2)}-${letters.slice(CODE_LETTERS / 2, CODE_LETTERS)}`;
}

/** Where people can log in instead of here. */
export const providerList = z.object({
  items: z.array(z.object({ name: z.string(), path: z.string() })),
});

/** What a login at a provider is for: a page of the hub to go on to, or a command that waits on this machine. */
export const loginQuery = z.object({
  return: z.string().max(2048).optional(),
  port: z.coerce.number().int().min(1024).max(65_535).optional(),
  challenge: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .optional(),
  state: z
    .string()
    .regex(/^[A-Za-z0-9_-]{16,128}$/)
    .optional(),
  machine: machine.optional().describe("What the machine of the command is called"),
});

export const commandLogin = z.strictObject({
  code: z.string().max(128),
  verifier: z.string().max(128),
  machine: machine.default("a machine"),
});

export const commandLoginAnswer = z.object({ user: z.string(), secret: z.string() });

/** Where to send the browser, which comes back linked. */
export const newLink = z.strictObject({
  provider: z.string().max(64),
  return: z.string().max(2048).optional(),
});
export const linkLocation = z.object({ location: z.string() });
