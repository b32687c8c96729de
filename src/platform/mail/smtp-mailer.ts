import { rootCertificates } from "node:tls";
import { createTransport } from "nodemailer";
import type { Mail, Sender } from "./mail.ts";
import { type Mailer, MailRefused } from "./mailer.ts";

export interface SmtpOptions {
  readonly host: string;
  /** The one usual for `security` without it. */
  readonly port: number | undefined;
  /** `starttls` does not go on in the clear when the server does not offer it. */
  readonly security: "tls" | "starttls" | "none";
  readonly login: { readonly user: string; readonly password: string } | undefined;
  readonly from: Sender;
  /** PEM, of authorities that are believed beside the usual ones. */
  readonly authorities: string | undefined;
}

const PORTS = { tls: 465, starttls: 587, none: 25 } as const;
const CONNECT_MS = 10_000;
const SILENCE_MS = 20_000;
/** Of a server that says a word now and then. */
const WHOLE_MS = 60_000;

/** Each mail by a connection of its own: a hub sends few, and a kept connection is one more thing that can be stale. */
export function createSmtpMailer(options: SmtpOptions): Mailer {
  const { from } = options;
  const transport = createTransport({
    ...connectionOf(options),
    // What a mail says is text; it names no file and no address to be read into it.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const [, domain = "localhost"] = from.address.split("@");
  return { isConfigured: true, send };

  async function send(mail: Mail & { readonly id: string }, signal: AbortSignal): Promise<void> {
    const { id, to, subject, text } = mail;
    // Before there is a connection: how one that nobody waits for ends would be an error of nobody's.
    signal.throwIfAborted();
    const sending = transport.sendMail({
      from: { ...from },
      to: { name: "", address: to },
      envelope: { from: from.address, to: [to] },
      subject,
      text,
      messageId: `<${id}@${domain}>`,
      // Nobody's absence is answered to the hub (RFC 3834, section 5).
      headers: { "Auto-Submitted": "auto-generated" },
    });
    try {
      await raceWith(sending, AbortSignal.any([signal, AbortSignal.timeout(WHOLE_MS)]));
    } catch (cause) {
      if (!isFinal(cause)) throw cause;
      throw new MailRefused((cause as Error).message, { cause });
    }
  }
}

function connectionOf({ host, port, security, login, authorities }: SmtpOptions) {
  return {
    host,
    port: port ?? PORTS[security],
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    dnsTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password } }),
    ...(authorities === undefined ? {} : { tls: { ca: [...rootCertificates, authorities] } }),
  };
}

/** The connection of a mail that is given up ends by its own timeouts. */
async function raceWith(sending: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(signal.reason);
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    await Promise.race([sending, promise]);
  } finally {
    signal.removeEventListener("abort", giveUp);
    // Whoever gave up does not hear how it ended; it is tried again.
    sending.catch(() => undefined);
  }
}

/** A 5xx about the addressee or the text (RFC 5321, section 4.2.1). The sender and the login are the operator's to put right. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof Error) || !("responseCode" in error) || !("command" in error))
    return false;
  const { responseCode, command } = error;
  const isAboutTheMail = command === "RCPT TO" || command === "DATA";
  return isAboutTheMail && Number(responseCode) >= 500 && Number(responseCode) < 600;
}
