import { z } from "zod";

/** One line, without anything that could end it: what stands in a header can start no other (CWE-93). */
const oneLine = z.string().regex(/^[^\p{Cc}\p{Zl}\p{Zp}]+$/u, "must be one line of text");

const TEXT_CHARACTERS = 20_000;

const emailAddress = z.email().max(254);

/** What goes to one person. */
export const mailSchema = z.strictObject({
  to: emailAddress,
  subject: oneLine.max(200),
  /** Plain text, lines ended by LF. */
  text: z.string().max(TEXT_CHARACTERS),
});

export type Mail = z.output<typeof mailSchema>;

/** Who a mail is from. */
export interface Sender {
  readonly name: string;
  readonly address: string;
}

const SENDER = /^(?:(?<name>[^<>"@,;:\\]*)<(?<inBrackets>[^<>]+)>|(?<bare>[^<>\s]+))$/;

/** `hub@example.com` or `Berth <hub@example.com>`; undefined for anything else. */
export function parseSender(text: string): Sender | undefined {
  const groups = oneLine.safeParse(text).success ? SENDER.exec(text)?.groups : undefined;
  const address = emailAddress.safeParse(groups?.inBrackets ?? groups?.bare);
  if (groups === undefined || !address.success) return undefined;
  return { name: (groups.name ?? "").trim(), address: address.data };
}
