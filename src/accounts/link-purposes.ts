import type { NamespaceId } from "../namespaces/index.ts";

/** What one-time links of accounts are for. */
export const LINK_PURPOSES = {
  signUp: "sign-up",
  email: "email",
  password: "password",
  invitation: "invitation",
} as const;

/** Every link to a new password of the account. */
export function passwordLinksOf(id: NamespaceId) {
  return { purpose: LINK_PURPOSES.password, subject: String(id) };
}
