import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { run } from "../../../test/harness/command.ts";
import { startMailServer } from "../../../test/harness/mail-server.ts";
import { makeTempDirectory } from "../../../test/harness/temp-directory.ts";
import { MailRefused } from "./mailer.ts";
import { createSmtpMailer, type SmtpOptions } from "./smtp-mailer.ts";

const MAIL = {
  id: "one",
  to: "ada@example.com",
  subject: "Grüße from the hub",
  text: `A line.\n.\nAnother, with ü and a long link: https://hub.example.com/${"x".repeat(120)}\n`,
};
const NEVER = new AbortController().signal;

test("a mail arrives as it was written, from whom the operator said, and nobody's absence is answered", async () => {
  await using server = await startMailServer();
  await mailerTo(server.port).send(MAIL, NEVER);
  const mail = await server.receive(MAIL.to);
  expect(mail.from).toBe("hub@example.com");
  expect(mail.text.trim()).toBe(MAIL.text.trim());
  expect(mail.headers).toMatchObject({
    from: "Berth <hub@example.com>",
    to: "ada@example.com",
    "message-id": "<one@example.com>",
    "auto-submitted": "auto-generated",
  });
  expect(mail.headers.subject).toMatch(/^=\?UTF-8\?/);
});

test("with starttls nothing is said in the clear: the login and the mail are encrypted", async () => {
  await using certificate = await makeCertificate();
  const login = { user: "hub", password: "a mail secret" };
  await using server = await startMailServer({ ...certificate, login });
  const authorities = certificate.cert;
  await mailerTo(server.port, { security: "starttls", login, authorities }).send(MAIL, NEVER);
  expect(await server.receive(MAIL.to)).toMatchObject({ isEncrypted: true, user: "hub" });
});

test("with tls the connection is encrypted from its first byte", async () => {
  await using certificate = await makeCertificate();
  await using server = await startMailServer({ ...certificate, secure: true });
  const authorities = certificate.cert;
  await mailerTo(server.port, { security: "tls", authorities }).send(MAIL, NEVER);
  expect(await server.receive(MAIL.to)).toMatchObject({ isEncrypted: true });
});

test("a server that offers no encryption gets no mail that asks for it", async () => {
  await using server = await startMailServer();
  const sending = mailerTo(server.port, { security: "starttls" }).send(MAIL, NEVER);
  await expect(sending).rejects.toThrow(/STARTTLS/);
  expect(server.mails).toEqual([]);
});

test("a server whose certificate nobody vouches for gets no mail", async () => {
  await using certificate = await makeCertificate();
  await using server = await startMailServer({ ...certificate });
  const sending = mailerTo(server.port, { security: "starttls" }).send(MAIL, NEVER);
  await expect(sending).rejects.toThrow(/self-signed certificate/);
  expect(server.mails).toEqual([]);
});

test("what the server refuses for good is told from what it may take later", async () => {
  await using server = await startMailServer();
  const mailer = mailerTo(server.port);
  server.refuse({ code: 550, message: "no such mailbox" });
  await expect(mailer.send(MAIL, NEVER)).rejects.toThrow(MailRefused);
  server.refuse({ code: 451, message: "try again later" });
  const later = await mailer.send(MAIL, NEVER).catch((error: unknown) => error);
  expect(later).toBeInstanceOf(Error);
  expect(later).not.toBeInstanceOf(MailRefused);
});

test("a wrong login is the operator's to put right, and the mail waits for it", async () => {
  await using server = await startMailServer({ login: { user: "hub", password: "right" } });
  const mailer = mailerTo(server.port, { login: { user: "hub", password: "wrong" } });
  const refusal = await mailer.send(MAIL, NEVER).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(Error);
  expect(refusal).not.toBeInstanceOf(MailRefused);
  expect(String(refusal)).not.toContain('wrong"');
});

test("a hub that stops does not wait for a server that says nothing", async () => {
  const silent = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const stop = new AbortController();
  const sending = mailerTo((silent.address() as AddressInfo).port).send(MAIL, stop.signal);
  await once(silent, "connection");
  stop.abort(new Error("the hub stops"));
  await expect(sending).rejects.toThrow("the hub stops");
  silent.close();
});

test("a hub that has stopped connects to nobody, and no failure comes after it", async () => {
  let connections = 0;
  const closing = createServer((socket) => {
    connections += 1;
    socket.end("421 Server shutting down\r\n");
  }).listen(0, "127.0.0.1");
  await once(closing, "listening");
  const sending = mailerTo((closing.address() as AddressInfo).port).send(
    MAIL,
    AbortSignal.abort(new Error("the hub stopped")),
  );
  await expect(sending).rejects.toThrow("the hub stopped");
  await sleep(200);
  expect(connections).toBe(0);
  closing.close();
});

function mailerTo(port: number, options: Partial<SmtpOptions> = {}) {
  return createSmtpMailer({
    host: "127.0.0.1",
    port,
    security: "none",
    login: undefined,
    from: { name: "Berth", address: "hub@example.com" },
    authorities: undefined,
    ...options,
  });
}

async function makeCertificate() {
  const directory = await makeTempDirectory("mail-tls");
  const [keyPath, certPath] = [join(directory.path, "key"), join(directory.path, "cert")];
  await run("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-days", "2", "-subj", "/CN=mail.test", "-addext", "subjectAltName=IP:127.0.0.1"],
    ...["-keyout", keyPath, "-out", certPath],
  ]);
  return {
    key: await readFile(keyPath, "utf8"),
    cert: await readFile(certPath, "utf8"),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}
