import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { makeCertificate } from "./certificate.ts";
import { makeTempDirectory } from "./temp-directory.ts";

interface IssuerOptions {
  readonly isSecure?: boolean;
  /** An address of this machine; 127.0.0.1 without one. */
  readonly host?: string;
  /** Where it says that its keys are, in place of where they are. */
  readonly keysUrl?: string;
  /** What it publishes in place of its keys. */
  readonly keys?: readonly JWK[];
  /** Somebody else who is to answer in its place. */
  readonly redirectTo?: string;
}

/** An issuer as CI services run one: it signs statements about jobs, and publishes its keys. */
export async function startIssuer(options: IssuerOptions = {}) {
  let pair = await generateKeyPair("RS256", { extractable: true });
  let kid = 1;
  let asked = 0;
  let isDown = false;
  const published = async (): Promise<{ keys: JWK[] }> => ({
    keys: [{ ...(await exportJWK(pair.publicKey)), kid: String(kid), alg: "RS256", use: "sig" }],
  });
  const answer: RequestListener = async (request, response) => {
    asked += 1;
    if (isDown) {
      response.writeHead(500).end();
      return;
    }
    if (options.redirectTo !== undefined) {
      response.writeHead(302, { Location: `${options.redirectTo}${request.url}` }).end();
      return;
    }
    const isDiscovery = request.url === "/.well-known/openid-configuration";
    const body = isDiscovery
      ? { issuer: url, jwks_uri: options.keysUrl ?? `${url}/keys` }
      : { keys: options.keys ?? (await published()).keys };
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  };
  await using resources = new AsyncDisposableStack();
  const certificate = options.isSecure ? resources.use(await trustCertificate()) : undefined;
  const server =
    certificate === undefined ? createServer(answer) : createSecureServer(certificate, answer);
  const { host = "127.0.0.1" } = options;
  server.listen(0, host);
  await once(server, "listening");
  const owned = resources.move();
  const scheme = certificate === undefined ? "http" : "https";
  const url = `${scheme}://${host}:${(server.address() as AddressInfo).port}`;
  return {
    url,
    published,
    get asked() {
      return asked;
    },
    goDown() {
      isDown = true;
    },
    async changeKey() {
      pair = await generateKeyPair("RS256", { extractable: true });
      kid += 1;
    },
    sign(claims: Record<string, unknown>, header: Record<string, unknown> = {}) {
      return new SignJWT(claims)
        .setProtectedHeader({ alg: "RS256", kid: String(kid), ...header })
        .sign(pair.privateKey);
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
      await owned.disposeAsync();
    },
  };
}

/** One for 127.0.0.1, which this process believes for as long as it is held. */
async function trustCertificate() {
  await using folder = await makeTempDirectory("issuer");
  await makeCertificate(folder.path);
  const read = async (name: string) => await readFile(join(folder.path, name), "utf8");
  const [key, cert] = [await read("key.pem"), await read("ca.crt")];
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, cert]);
  return { key, cert, [Symbol.asyncDispose]: async () => setDefaultCACertificates(before) };
}
