import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Header fields by their names in lower case, unfolded. */
  readonly headers: Readonly<Record<string, string>>;
  /** As a reader shows it. */
  readonly text: string;
  readonly isEncrypted: boolean;
  readonly user: string | undefined;
}

interface MailServerOptions extends Pick<SMTPServerOptions, "key" | "cert" | "secure"> {
  readonly login?: { readonly user: string; readonly password: string };
}

/** A mail server that keeps what it gets: nodemailer's own, so that its grammar is not ours. */
export async function startMailServer({ login, ...options }: MailServerOptions = {}) {
  const mails: ReceivedMail[] = [];
  const waiting: (() => void)[] = [];
  let refusal: { readonly code: number; readonly message: string } | undefined;
  const server = new SMTPServer({
    ...options,
    authOptional: login === undefined,
    disabledCommands: options.key === undefined ? ["STARTTLS"] : [],
    disableReverseLookup: true,
    closeTimeout: 100,
    onAuth({ username, password }, _session, done) {
      if (username === login?.user && password === login?.password) done(null, { user: username });
      else done(new Error("wrong user name or password"));
    },
    onRcptTo(_address, _session, done) {
      if (refusal === undefined) done();
      else done(Object.assign(new Error(refusal.message), { responseCode: refusal.code }));
    },
    onData(stream, session, done) {
      text(stream).then((raw) => {
        const { envelope, secure, user } = session;
        const sender = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        mails.push({ from: sender, to, ...parse(raw), isEncrypted: secure, user });
        for (const resolve of waiting.splice(0)) resolve();
        done();
      }, done);
    },
  });
  // A client that leaves in the middle, or does not trust the certificate, is no failure of this server.
  server.on("error", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  return {
    port: (server.server.address() as AddressInfo).port,
    mails: mails as readonly ReceivedMail[],
    /** Answers every addressee so from now on; takes mail again without. */
    refuse(answer: { readonly code: number; readonly message: string } | undefined) {
      refusal = answer;
    },
    /** The n-th mail to the address, once it is there. */
    async receive(address: string, n = 1): Promise<ReceivedMail> {
      for (;;) {
        const found = mails.filter(({ to }) => to.includes(address))[n - 1];
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => server.close(resolve));
    },
  };
}

function parse(raw: string): Pick<ReceivedMail, "headers" | "text"> {
  const [head = "", ...rest] = raw.split("\r\n\r\n");
  const lines = head.replaceAll(/\r\n[ \t]+/g, " ").split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
  return { headers, text: decode(rest.join("\r\n\r\n"), headers["content-transfer-encoding"]) };
}

function decode(body: string, encoding: string | undefined): string {
  if (encoding === "base64") return Buffer.from(body, "base64").toString("utf8");
  const plain = body.replaceAll("\r\n", "\n");
  if (encoding !== "quoted-printable") return plain;
  const bytes = plain
    .replaceAll(/=\n/g, "")
    .replaceAll(/=([0-9A-F]{2})/g, (_match, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    );
  return Buffer.from(bytes, "latin1").toString("utf8");
}
