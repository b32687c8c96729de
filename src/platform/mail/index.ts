export {
  acceptCommand,
  addressChangedLetter,
  confirmationLetter,
  invitationLetter,
  knownAddressLetter,
  organizationInvitationLetter,
  organizationNoticeLetter,
  passwordLetter,
  resetCommand,
  resetLink,
  signUpCommand,
  signUpLink,
  vulnerableImageLetter,
} from "./letters.ts";
export { parseSender } from "./mail.ts";
export { MailQueue } from "./mail-queue.ts";
export { type Mailer, NO_MAILER } from "./mailer.ts";
export { createMails, type MailId, type MailState, type MailTables } from "./mails-store.ts";
export { createSmtpMailer } from "./smtp-mailer.ts";
