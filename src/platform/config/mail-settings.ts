import { z } from "zod";
import { parseSender } from "../mail/index.ts";
import { count, path, secret } from "./values.ts";

const SENDER = "must be an address such as hub@example.com or Berth <hub@example.com>";

/** How mail leaves the hub. */
export const mailSettings = z
  .strictObject({
    host: z
      .string()
      .regex(/^[A-Za-z0-9.:_-]{1,253}$/, "must be a host name or an address")
      .optional()
      .describe(
        "The SMTP server that takes the hub's mail. Unset: no mail; links are handed over by people.",
      ),
    port: count.optional().describe("Its port. Unset: 465 for tls, 587 for starttls, 25 for none."),
    security: z
      .enum(["tls", "starttls", "none"], { error: "must be tls, starttls or none" })
      .default("starttls")
      .describe(
        "tls: encrypted from the first byte. starttls: encrypted before anything is said, or not sent. none: in the clear.",
      ),
    ca: path
      .optional()
      .describe(
        "A PEM file with authorities that the server's certificate may come from, beside the usual ones.",
      ),
    user: z.string().min(1, "must not be empty").optional().describe("Who to log in to it as."),
    password: secret.optional().describe("The password for that."),
    from: z
      .string()
      .refine((text) => parseSender(text) !== undefined, { error: SENDER })
      .optional()
      .describe("Who mail is from: an address, or Name <address>."),
  })
  .prefault({});

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/** What does not go together. */
export function findMailFaults(mail: z.output<typeof mailSettings>): readonly string[] {
  const { host, port, security, user, password, from } = mail;
  const faults: string[] = [];
  if ((host === undefined) !== (from === undefined)) {
    faults.push("mail: host and from go together; set both or none");
  }
  if ((user === undefined) !== (password === undefined)) {
    faults.push("mail: user and password go together; set both or none");
  }
  if (password !== undefined && security === "none" && !LOOPBACK.test(host ?? "")) {
    faults.push("mail.security: none would send mail.password in the clear; use tls or starttls");
  }
  if (port !== undefined && (port < 1 || port > 65_535)) {
    faults.push("mail.port: must be from 1 to 65535");
  }
  return faults;
}
