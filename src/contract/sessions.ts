import { z } from "zod";

const instant = z.iso.datetime();
const secret = z.string().max(2048);
const code = z.string().max(64).describe("For accounts whose login needs one beside the password");

export const SESSION_PATH = "/api/v1/session";
export const SESSIONS_PATH = "/api/v1/account/sessions";

/** A login with a browser. */
export const session = z.object({
  id: z.string(),
  provedBy: z.string().describe("By what its owner proved who they are: password, oidc"),
  /** Of the last time that they did. */
  provedAt: instant,
  createdAt: instant,
  expiresAt: instant.describe("It ends earlier when it is not used"),
  lastUse: z.object({ at: instant, address: z.string(), client: z.string() }),
  isCurrent: z.boolean().describe("Whether it is the one that asks"),
});

export const sessionList = z.object({ items: z.array(session) });

export const newSession = z.strictObject({
  name: z.string().max(255),
  password: secret,
  code: code.optional(),
});

/** Who is logged in. */
export const ownSession = z.object({
  name: z.string(),
  role: z.enum(["administrator", "auditor"]).optional(),
  session,
});

export const confirmation = z.strictObject({
  password: secret.optional(),
  code: code.optional(),
});
