import type { MailId, MailTables } from "../platform/mail/index.ts";
import type { OneTimeLinkTables } from "./one-time-links-store.ts";

/** The rows of those who may come in, and of those who may get in again. */
export interface SignUpTables extends OneTimeLinkTables, MailTables {
  invitations: {
    id: string;
    email: string;
    role: "administrator" | "auditor" | null;
    /** The administrator's name. */
    invited_by: string;
    created_at: number;
    expires_at: number;
    mail_id: MailId | null;
  };
  password_reset_requests: {
    id: string;
    /** A name or an address, as it was typed; whose it is, if anybody's, is looked up later. */
    claim: string;
    address: string;
    client: string;
    created_at: number;
  };
}
