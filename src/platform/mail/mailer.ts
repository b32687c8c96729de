import type { Mail } from "./mail.ts";

/** Carries mail to the next server. */
export interface Mailer {
  /** False where no mail is configured: nothing may be queued then, and whoever asked is told. */
  readonly isConfigured: boolean;
  /**
   * Once it returns, another server has taken charge of the mail. `id` stays the same when it is tried again, so that who
   * gets it twice sees one. Throws MailRefused when it will never be taken, anything else when it may be later.
   */
  send(mail: Mail & { readonly id: string }, signal: AbortSignal): Promise<void>;
}

/** The server does not want this mail, now or later; the sentence is its own. */
export class MailRefused extends Error {
  override readonly name = "MailRefused";
}

/** Of a hub whose operator configured none. */
export const NO_MAILER: Mailer = {
  isConfigured: false,
  send: async () => {
    throw new Error("mail is not configured: set mail.host and mail.from");
  },
};
