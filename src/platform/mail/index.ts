export { parseSender } from "./mail.ts";
export { MailQueue } from "./mail-queue.ts";
export { type Mailer, NO_MAILER } from "./mailer.ts";
export { createMails, type MailTables } from "./mails-store.ts";
export { createSmtpMailer } from "./smtp-mailer.ts";
