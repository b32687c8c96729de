import { z } from "zod";
import { hubRole } from "./accounts.ts";

const instant = z.iso.datetime();
const emailAddress = z.email().max(254);
const name = z.string().min(1).max(255);
const password = z.string().max(2048);
const secret = z.string().min(1).max(200);

/** An account of one's own. What it may do is not asked for: an invitation says it, or nobody does. */
export const signUp = z
  .strictObject({
    name,
    password,
    email: emailAddress.optional().describe("May be left out with an invitation, which names one"),
    invitation: secret.optional(),
  })
  .refine(({ email, invitation }) => email !== undefined || invitation !== undefined, {
    path: ["email"],
    error: "is needed without an invitation",
  });

/** `unconfirmed`: a mail is on its way, and the account is there once its link was opened. */
export const signUpAnswer = z.object({
  name: z.string(),
  state: z.enum(["created", "unconfirmed"]),
});

/** What came by mail: for a new account, or another address of an account. */
export const confirmation = z.strictObject({ secret });
export const confirmed = z.object({ name: z.string(), email: z.string() });

export const newInvitation = z.strictObject({ email: emailAddress, role: hubRole.optional() });

/** For somebody to hand over, where no mail is sent: shown once. */
const handOver = z.object({
  secret: z.string(),
  link: z.string().optional(),
  command: z.string(),
});

export const invitation = z.object({
  id: z.string(),
  email: z.string(),
  role: hubRole.optional(),
  invitedBy: z.string(),
  createdAt: instant,
  expiresAt: instant,
  mail: z.enum(["waiting", "sent", "failed"]).optional(),
});

export const sentInvitation = invitation.extend({ handOver: handOver.optional() });

/** The name of an account, or its address. */
export const passwordResetRequest = z.strictObject({ account: name });
export const passwordResetAnswer = z.object({ message: z.string() });
export const passwordReset = z.strictObject({ secret, password });
export const passwordResetDone = z.object({ name: z.string() });
export const passwordResetLink = handOver.extend({ expiresAt: instant });

export const emailChange = z.strictObject({ email: emailAddress });
export const emailChangeAnswer = z.object({ state: z.enum(["changed", "unconfirmed"]) });
