import { once } from "node:events";
import { readFile, rename, writeFile } from "node:fs/promises";
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { run } from "./command.ts";
import { makeTempDirectory } from "./temp-directory.ts";

export interface FrontOptions {
  /** Where requests are passed on to. */
  readonly hub?: string;
  /** Answers itself; false to pass the request on. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** What becomes of the headers on their way back. */
  readonly alter?: (headers: OutgoingHttpHeaders) => OutgoingHttpHeaders;
  readonly certificate?: { readonly cert: string; readonly key: string };
}

/** What may stand before a hub and do it wrong. */
export async function startFront(options: FrontOptions) {
  const handle = (question: IncomingMessage, response: ServerResponse) => {
    if (options.answer?.(question, response)) return;
    passOn(options, question, response);
  };
  const server = options.certificate
    ? createTlsServer(options.certificate, handle)
    : createServer(handle);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `${options.certificate ? "https" : "http"}://${host}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function passOn(options: FrontOptions, question: IncomingMessage, response: ServerResponse): void {
  const { hub = "", alter = (headers) => headers } = options;
  const target = new URL(question.url ?? "/", hub);
  const { method, headers } = question;
  const onward = request(target, { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, alter(answer.headers));
    answer.pipe(response);
  });
  // Whoever asked sees that the connection ends.
  onward.on("error", () => response.destroy());
  question.pipe(onward);
}

export interface CertificateWish {
  /** The name of the only host it is good for. */
  readonly for: string;
  readonly hasExpired?: boolean;
  /** Signed by an authority through an intermediate that the server does not send. */
  readonly isByAuthority?: boolean;
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** A certificate, made by openssl. */
export async function makeCertificate(wish: CertificateWish) {
  await using directory = await makeTempDirectory("certificate");
  const at = (name: string) => join(directory.path, name);
  const name = /^[\d.]+$/.test(wish.for) ? `IP:${wish.for}` : `DNS:${wish.for}`;
  const subject = ["-subj", `/CN=${wish.for}`, "-addext", `subjectAltName=${name}`];
  const leaf = ["-keyout", at("key.pem"), "-out", at("leaf.pem")];
  const signer: string[] = [];
  if (wish.isByAuthority) {
    const files = ["-keyout", at("ca.key"), "-out", at("ca.pem")];
    await run("openssl", ["req", "-x509", ...KEY, "-subj", "/CN=Some Authority", ...files]);
    signer.push("-CA", at("ca.pem"), "-CAkey", at("ca.key"));
  }
  const form = wish.hasExpired ? [] : ["-x509", "-days", "60"];
  await run("openssl", ["req", ...form, ...KEY, ...subject, ...signer, ...leaf]);
  if (wish.hasExpired) await signForThePast(directory.path);
  const [cert, key] = await Promise.all([at("leaf.pem"), at("key.pem")].map(readText));
  return { cert: cert ?? "", key: key ?? "" };
}

/** Only the command of authorities takes dates; it wants a configuration and a database. */
async function signForThePast(directory: string): Promise<void> {
  const at = (name: string) => join(directory, name);
  const settings = `[ca]
default_ca = past
[past]
new_certs_dir = ${directory}
database = ${at("index")}
serial = ${at("serial")}
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
`;
  await writeFile(at("ca.conf"), settings);
  await writeFile(at("index"), "");
  await writeFile(at("serial"), "01");
  const files = ["-config", at("ca.conf"), "-in", at("leaf.pem"), "-keyfile", at("key.pem")];
  const dates = ["-startdate", "200101000000Z", "-enddate", "200102000000Z"];
  await run("openssl", ["ca", "-selfsign", "-batch", ...files, ...dates, "-out", at("signed.pem")]);
  await rename(at("signed.pem"), at("leaf.pem"));
}

async function readText(path: string): Promise<string> {
  return await readFile(path, "utf8");
}
