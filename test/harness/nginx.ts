import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { Agent, type Dispatcher, request } from "undici";
import { run } from "./command.ts";
import { findFreePort } from "./free-port.ts";
import { Service } from "./service.ts";
import { makeTempDirectory, type TempDirectory } from "./temp-directory.ts";

export type NginxOptions = {
  /** A file of examples/nginx, used as it is but for the lines its reader is to change. */
  readonly example: string;
  /** host:port of the hub. */
  readonly hub: string;
  readonly dataDirectory?: string;
  /** What somebody who knows nginx better has made of it. */
  readonly change?: (example: string) => string;
};

/** What nginx wrote down about one request. */
export type NginxLogEntry = {
  readonly request: string;
  readonly status: number;
  readonly bytesSent: number;
  /** Bytes of the hub's answer, headers and all. */
  readonly upstreamBytes: number;
};

export type AskOptions = Pick<Dispatcher.RequestOptions, "headers"> & {
  readonly method?: Dispatcher.HttpMethod;
  readonly body?: Uint8Array | Readable;
};

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

/** Debian's nginx with one of the project's examples, on a free port, with a certificate for 127.0.0.1. */
export class Nginx implements AsyncDisposable {
  /** host:port of the TLS side. */
  readonly host: string;
  readonly #service: Service;
  readonly #directory: TempDirectory;
  #agent: Agent | undefined;

  private constructor(host: string, service: Service, directory: TempDirectory) {
    this.host = host;
    this.#service = service;
    this.#directory = directory;
  }

  static async start(options: NginxOptions): Promise<Nginx> {
    const directory = await makeTempDirectory("nginx");
    const host = `127.0.0.1:${await findFreePort()}`;
    await mkdir(join(directory.path, "certificates"));
    await makeCertificate(join(directory.path, "certificates"));
    await writeFile(join(directory.path, "site.conf"), await fillIn(options, host, directory.path));
    await writeFile(join(directory.path, "nginx.conf"), surroundings(directory.path));
    const args = ["-p", directory.path, "-c", join(directory.path, "nginx.conf")];
    const service = new Service({ command: "nginx", args });
    const nginx = new Nginx(host, service, directory);
    await service.waitForLog(/start worker process /);
    return nginx;
  }

  /** A directory with ca.crt, as container tools take it by --cert-dir. */
  get certificates(): string {
    return join(this.#directory.path, "certificates");
  }

  /** Asks over TLS, and gives the answer as it came: no redirect is followed and nothing is unpacked. */
  async ask(path: string, options: AskOptions = {}): Promise<Answer> {
    this.#agent ??= new Agent({
      connect: { ca: await readFile(join(this.certificates, "ca.crt"), "utf8") },
    });
    const answer = await request(`https://${this.host}${path}`, {
      ...options,
      dispatcher: this.#agent,
    });
    const body = Buffer.from(await answer.body.arrayBuffer());
    return { status: answer.statusCode, headers: answer.headers, body };
  }

  /** Names of the request bodies that nginx keeps on disk at this moment. */
  async bufferedBodies(): Promise<readonly string[]> {
    return readdir(join(this.#directory.path, "bodies"));
  }

  /** Waits until nginx has logged a request that matches, which it does after the last byte. */
  async logged(pattern: RegExp): Promise<NginxLogEntry> {
    return this.#service.waitFor(`an access log entry for ${pattern}`, async () => {
      const log = await readFile(join(this.#directory.path, "access.log"), "utf8");
      const line = log.split("\n").find((text) => pattern.test(text));
      return line === undefined ? undefined : parseLogEntry(line);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent?.destroy();
    await this.#service.stop("SIGQUIT", 2_000);
    await this.#directory[Symbol.asyncDispose]();
  }
}

function parseLogEntry(line: string): NginxLogEntry {
  const { request, status, bytesSent, upstreamBytes } = JSON.parse(line);
  return {
    request,
    status: Number(status),
    bytesSent: Number(bytesSent),
    // One number for each server that was asked: "512" or "0, 512".
    upstreamBytes: (upstreamBytes as string)
      .split(/[,:] /)
      .reduce((sum, bytes) => sum + Number(bytes), 0),
  };
}

/** The example with this machine's values in the lines it marks; a line the example no longer has is an error. */
async function fillIn(options: NginxOptions, host: string, directory: string): Promise<string> {
  const example = new URL(`../../examples/nginx/${options.example}`, import.meta.url);
  const certificate = join(directory, "certificates", "ca.crt");
  const changes = [
    ["server 127.0.0.1:5000;", `server ${options.hub};`],
    ["listen 443 ssl http2;", `listen ${host} ssl http2;`],
    ["/etc/nginx/tls/hub.example.com.crt", certificate],
    ["/etc/nginx/tls/hub.example.com.key", join(directory, "key.pem")],
    ...(options.dataDirectory
      ? [["alias /var/lib/berth/;", `alias ${options.dataDirectory}/;`]]
      : []),
  ];
  let text = await readFile(example, "utf8");
  for (const [from = "", to = ""] of changes) {
    if (!text.includes(from)) throw new Error(`${options.example} has no line with ${from}`);
    text = text.replace(from, to);
  }
  return options.change?.(text) ?? text;
}

/** What Debian's nginx.conf says around conf.d, with every file inside the test's directory. */
function surroundings(directory: string): string {
  return `
user root;
daemon off;
worker_processes 1;
pid ${directory}/nginx.pid;
error_log stderr notice;
events { worker_connections 256; }
http {
  default_type application/octet-stream;
  log_format counted escape=json '{"request":"$request","status":"$status",'
    '"bytesSent":"$body_bytes_sent","upstreamBytes":"$upstream_bytes_received"}';
  access_log ${directory}/access.log counted;
  client_body_temp_path ${directory}/bodies;
  proxy_temp_path ${directory}/answers;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  include ${directory}/site.conf;
}
`;
}

async function makeCertificate(directory: string): Promise<void> {
  await run("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
    ...["-keyout", join(directory, "..", "key.pem"), "-out", join(directory, "ca.crt")],
  ]);
}
